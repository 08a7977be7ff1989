with customers as (

    select * from {{ ref('customers') }}

),

lapsed_buyers as (

    select
        -- ids
        customer_id,

        -- strings
        email,

        -- numbers
        order_count,
        order_amount_lifetime,

        -- timestamps
        last_ordered_at
    from customers
    where {{ meets_conditions('lapsed_buyers') }}

)

select * from lapsed_buyers

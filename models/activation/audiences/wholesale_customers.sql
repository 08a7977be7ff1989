with customers as (

    select * from {{ ref('customers') }}

),

wholesale_customers as (

    select
        -- ids
        customer_id,

        -- strings
        email,
        account_name,

        -- numbers
        order_count_last_365_days,
        order_amount_last_365_days,

        -- timestamps
        last_ordered_at
    from customers
    where {{ meets_conditions('wholesale_customers') }}

)

select * from wholesale_customers

with customers as (

    select * from {{ ref('customers') }}

),

engaged_email_subscribers as (

    select
        -- ids
        customer_id,

        -- strings
        email,

        -- numbers
        email_open_count_last_90_days,

        -- timestamps
        last_ordered_at
    from customers
    where {{ meets_conditions('engaged_email_subscribers') }}

)

select * from engaged_email_subscribers

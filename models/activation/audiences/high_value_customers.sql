with customers as (

    select * from {{ ref('customers') }}

),

high_value_customers as (

    select
        -- ids
        customer_id,
        user_id,

        -- strings
        email,
        first_name,
        last_name,
        customer_type,

        -- numbers
        age_years,
        order_count_over_100_last_365_days,
        order_amount_last_365_days,
        active_week_count_last_12_weeks,

        -- timestamps
        last_ordered_at
    from customers
    where {{ meets_conditions('high_value_customers') }}

)

select * from high_value_customers

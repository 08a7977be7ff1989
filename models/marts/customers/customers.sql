with combined as (

    select * from {{ ref('int_customers_combined') }}

),

tested as (

    select
        *,
        coalesce(age_years between 25 and 45, false) as is_target_age,
        order_count_over_100_last_365_days >= 5 as has_high_value_purchases,
        active_week_count_last_12_weeks = 12 as is_weekly_visitor
    from combined

),

customers as (

    select
        -- ids
        customer_id,
        user_id,

        -- strings
        email,
        first_name,
        last_name,
        phone,
        city,
        country_code,
        coalesce(customer_type, 'retail') as customer_type,
        account_name,
        lead_status,
        currency_code,

        -- numbers
        age_years,
        order_count,
        order_count_last_365_days,
        order_count_over_100_last_365_days,
        order_amount_lifetime,
        order_amount_last_365_days,
        cast(order_amount_lifetime / nullif(order_count, 0) as decimal(18, 2))
            as average_order_amount,
        session_count,
        session_count_last_30_days,
        active_week_count_last_12_weeks,
        support_ticket_count,
        support_ticket_count_last_90_days,
        email_open_count_last_90_days,

        -- booleans
        is_identified,
        coalesce(is_email_subscriber, false) as is_email_subscriber,
        is_qualified_lead,
        is_weekly_visitor,
        is_target_age,
        has_high_value_purchases,
        has_high_value_purchases and is_target_age and is_weekly_visitor
            as is_high_value,
        has_active_subscription,

        -- dates
        birth_date,

        -- timestamps
        first_seen_at,
        last_seen_at,
        last_signed_in_at,
        first_ordered_at,
        last_ordered_at
    from tested

)

select * from customers

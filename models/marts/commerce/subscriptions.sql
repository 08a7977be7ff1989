with subscriptions as (

    select * from {{ ref('int_subscriptions_combined') }}

),

typed as (

    select
        -- ids
        subscription_id,
        customer_id,
        payments_customer_id,

        -- strings
        plan_name,
        currency_code,
        subscription_status,

        -- numbers
        cast(coalesce(monthly_amount, 0) as decimal(18, 2)) as monthly_amount,

        -- booleans
        coalesce(is_active, false) as is_active,
        coalesce(is_paused, false) as is_paused,

        -- timestamps
        started_at,
        cancelled_at,
        ended_at
    from subscriptions

)

select * from typed

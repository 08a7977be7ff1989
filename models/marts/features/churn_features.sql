with snapshots as (

    select * from {{ ref('int_profiles_snapshotted') }}

),

purchases as (

    select * from {{ ref('int_purchases_windowed') }}

),

visits as (

    select * from {{ ref('int_visits_windowed') }}

),

tickets as (

    select * from {{ ref('int_tickets_windowed') }}

),

emails as (

    select * from {{ ref('int_emails_windowed') }}

),

features as (

    select
        -- ids
        snapshots.customer_id,

        -- numbers
        coalesce(purchases.purchase_count, 0) as purchase_count,
        coalesce(purchases.purchase_count_last_30_days, 0)
            as purchase_count_last_30_days,
        coalesce(purchases.purchase_count_last_90_days, 0)
            as purchase_count_last_90_days,
        coalesce(purchases.purchase_amount, 0) as purchase_amount,
        coalesce(purchases.purchase_amount_last_90_days, 0)
            as purchase_amount_last_90_days,
        coalesce(purchases.coupon_purchase_count, 0) as coupon_purchase_count,
        purchases.days_since_last_order,
        coalesce(visits.session_count_last_30_days, 0) as session_count_last_30_days,
        coalesce(visits.session_count_last_90_days, 0) as session_count_last_90_days,
        visits.days_since_last_visit,
        coalesce(tickets.support_ticket_count, 0) as support_ticket_count,
        coalesce(tickets.support_ticket_count_last_30_days, 0)
            as support_ticket_count_last_30_days,
        coalesce(tickets.support_ticket_count_last_90_days, 0)
            as support_ticket_count_last_90_days,
        coalesce(tickets.bad_satisfaction_count_last_90_days, 0)
            as bad_satisfaction_count_last_90_days,
        coalesce(tickets.support_chat_count_last_90_days, 0)
            as support_chat_count_last_90_days,
        coalesce(tickets.support_call_count_last_90_days, 0)
            as support_call_count_last_90_days,
        coalesce(emails.email_open_count_last_90_days, 0)
            as email_open_count_last_90_days,
        coalesce(emails.email_click_count_last_90_days, 0)
            as email_click_count_last_90_days,
        snapshots.subscription_tenure_days,
        snapshots.subscription_monthly_amount,
        snapshots.age_years,

        -- booleans
        snapshots.is_wholesale,

        -- timestamps
        snapshots.snapshot_at
    from snapshots
    left join purchases
        on
            snapshots.customer_id = purchases.customer_id
            and snapshots.snapshot_at = purchases.snapshot_at
    left join visits
        on
            snapshots.customer_id = visits.customer_id
            and snapshots.snapshot_at = visits.snapshot_at
    left join tickets
        on
            snapshots.customer_id = tickets.customer_id
            and snapshots.snapshot_at = tickets.snapshot_at
    left join emails
        on
            snapshots.customer_id = emails.customer_id
            and snapshots.snapshot_at = emails.snapshot_at

)

select * from features

{{ config(materialized='view') }}

with snapshots as (

    select * from {{ ref('int_snapshots_spined') }}

),

subscriptions as (

    select * from {{ ref('subscriptions') }}
    where customer_id is not null

),

periods as (

    select * from {{ ref('subscription_periods') }}

),

-- a price of later is not known at the snapshot
snapshotted as (

    select
        subscriptions.customer_id,
        snapshots.snapshot_at,
        min(subscriptions.started_at) as subscribed_at,
        cast(
            sum(coalesce(periods.monthly_amount, subscriptions.monthly_amount))
            as decimal(18, 2)
        ) as monthly_amount
    from subscriptions
    inner join snapshots
        on
            subscriptions.started_at < snapshots.snapshot_at
            and coalesce(subscriptions.cancelled_at >= snapshots.snapshot_at, true)
    left join periods
        on
            subscriptions.subscription_id = periods.subscription_id
            and snapshots.snapshot_at > periods.valid_from
            and coalesce(snapshots.snapshot_at <= periods.valid_to, true)
    group by subscriptions.customer_id, snapshots.snapshot_at

)

select * from snapshotted

{{ config(materialized='view') }}

with snapshots as (

    select * from {{ ref('int_snapshots_spined') }}

),

subscriptions as (

    select * from {{ ref('subscriptions') }}
    where customer_id is not null

),

snapshotted as (

    select
        subscriptions.customer_id,
        snapshots.snapshot_at,
        min(subscriptions.started_at) as subscribed_at,
        cast(sum(subscriptions.monthly_amount) as decimal(18, 2)) as monthly_amount
    from subscriptions
    inner join snapshots
        on
            subscriptions.started_at < snapshots.snapshot_at
            and coalesce(subscriptions.cancelled_at >= snapshots.snapshot_at, true)
    group by subscriptions.customer_id, snapshots.snapshot_at

)

select * from snapshotted

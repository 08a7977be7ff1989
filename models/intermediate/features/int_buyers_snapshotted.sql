{{ config(materialized='view') }}

with snapshots as (

    select * from {{ ref('int_snapshots_spined') }}

),

orders as (

    select * from {{ ref('orders') }}
    where customer_id is not null and order_channel <> 'subscription'

),

snapshotted as (

    select
        orders.customer_id,
        snapshots.snapshot_at,
        cast(null as timestamp) as subscribed_at,
        cast(0 as decimal(18, 2)) as monthly_amount
    from orders
    inner join snapshots
        on
            orders.ordered_at < snapshots.snapshot_at
            -- a cancellation that is yet to come is not known
            and coalesce(orders.cancelled_at, snapshots.snapshot_at)
            >= snapshots.snapshot_at
    group by orders.customer_id, snapshots.snapshot_at
    having
        count(*) >= 2
        and max(orders.ordered_at)
        >= {{ dbt.dateadd('day', -180, 'snapshots.snapshot_at') }}

)

select * from snapshotted

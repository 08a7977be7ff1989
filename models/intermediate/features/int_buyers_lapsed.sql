{{ config(materialized='view') }}

with buyers as (

    select
        *,
        {{ dbt.dateadd('day', 90, 'snapshot_at') }} as horizon_ends_at
    from {{ ref('int_buyers_snapshotted') }}

),

orders as (

    select * from {{ ref('orders') }}
    where order_channel <> 'subscription' and cancelled_at is null

),

returned as (

    select distinct
        buyers.customer_id,
        buyers.snapshot_at
    from buyers
    inner join orders
        on
            buyers.customer_id = orders.customer_id
            and buyers.snapshot_at <= orders.ordered_at
            and buyers.horizon_ends_at > orders.ordered_at

),

observed as (

    select
        buyers.customer_id,
        buyers.snapshot_at,
        buyers.horizon_ends_at,
        returned.customer_id is null as has_left
    from buyers
    left join returned
        on
            buyers.customer_id = returned.customer_id
            and buyers.snapshot_at = returned.snapshot_at

)

select * from observed

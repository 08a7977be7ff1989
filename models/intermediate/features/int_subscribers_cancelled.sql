{{ config(materialized='view') }}

with subscribers as (

    select
        *,
        {{ dbt.dateadd('month', 1, 'snapshot_at') }} as horizon_ends_at
    from {{ ref('int_subscribers_snapshotted') }}

),

subscriptions as (

    select * from {{ ref('subscriptions') }}

),

stayed as (

    select distinct
        subscribers.customer_id,
        subscribers.snapshot_at
    from subscribers
    inner join subscriptions
        on
            subscribers.customer_id = subscriptions.customer_id
            and subscribers.snapshot_at > subscriptions.started_at
            and coalesce(
                subscribers.horizon_ends_at <= subscriptions.cancelled_at, true
            )

),

observed as (

    select
        subscribers.customer_id,
        subscribers.snapshot_at,
        subscribers.horizon_ends_at,
        stayed.customer_id is null as has_left
    from subscribers
    left join stayed
        on
            subscribers.customer_id = stayed.customer_id
            and subscribers.snapshot_at = stayed.snapshot_at

)

select * from observed

with runs as (

    select * from {{ ref('stg_ledger__runs') }}

),

objects as (

    select * from {{ ref('stg_ledger__objects') }}

),

alerts as (

    select
        sync_run_id,
        count(*) as alert_count
    from {{ ref('stg_ledger__alerts') }}
    group by sync_run_id

),

described as (

    select
        runs.sync_run_id,
        runs.sync_name,
        objects.destination_name,
        objects.destination_object_name,
        runs.created_count,
        runs.updated_count,
        runs.deleted_count,
        runs.unchanged_count,
        runs.delivered_count,
        runs.rejected_count,
        runs.waiting_count,
        runs.left_count,
        cast(coalesce(alerts.alert_count, 0) as bigint) as alert_count,
        cast(
            (runs.rejected_count + runs.waiting_count) * 1.0
            / nullif(
                runs.delivered_count + runs.rejected_count + runs.waiting_count, 0
            ) as double
        ) as failed_share,
        runs.ended_at is not null as is_complete,
        runs.started_at,
        runs.ended_at
    from runs
    left join objects on runs.sync_name = objects.sync_name
    left join alerts on runs.sync_run_id = alerts.sync_run_id

)

select * from described

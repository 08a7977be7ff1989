with runs as (

    select * from {{ source('ledger', 'sync_runs') }}

),

renamed as (

    select
        -- ids
        run_id as sync_run_id,

        -- strings
        sync_name,

        -- numbers
        created_count,
        updated_count,
        coalesce(deleted_count, 0) as deleted_count,
        unchanged_count,
        delivered_count,
        rejected_count,
        retry_count as waiting_count,
        coalesce(left_count, 0) as left_count,

        -- timestamps
        {{ utc_timestamp('started_at') }} as started_at,
        {{ utc_timestamp('ended_at') }} as ended_at

    from runs

)

select * from renamed

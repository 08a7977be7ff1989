with outcomes as (

    select * from {{ source('ledger', 'sync_outcomes') }}

),

renamed as (

    select
        -- ids
        run_id as sync_run_id,
        record_key,

        -- strings
        sync_name,
        action as sync_action,
        status as outcome_status,
        reason as outcome_reason,

        -- timestamps
        {{ utc_timestamp('attempted_at') }} as attempted_at

    from outcomes

)

select * from renamed

with alerts as (

    select * from {{ source('ledger', 'sync_alerts') }}

),

renamed as (

    select
        -- ids
        run_id as sync_run_id,

        -- strings
        sync_name,
        kind as alert_kind,
        message as alert_message,

        -- timestamps
        {{ utc_timestamp('raised_at') }} as raised_at

    from alerts

)

select * from renamed

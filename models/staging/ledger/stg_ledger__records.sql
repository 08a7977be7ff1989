with records as (

    select * from {{ source('ledger', 'sync_state') }}

),

renamed as (

    select
        -- ids
        record_key,
        remote_id as remote_record_id,

        -- strings
        sync_name,
        fields as fields_json,

        -- timestamps
        {{ utc_timestamp('delivered_at') }} as delivered_at

    from records

)

select * from renamed

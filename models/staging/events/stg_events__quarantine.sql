with quarantine as (

    select * from {{ source('events', 'quarantine') }}

),

renamed as (

    select
        -- ids
        quarantine_id,
        message_id as event_id,
        source_id,

        -- strings
        type as event_type,
        coalesce(event, type) as event_name,
        reason as quarantine_reason,
        violations as violations_json,
        body as body_json,

        -- timestamps
        {{ utc_timestamp('received_at') }} as received_at,
        {{ utc_timestamp('loaded_at') }} as loaded_at

    from quarantine

)

select * from renamed

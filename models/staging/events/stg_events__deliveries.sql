with deliveries as (

    select * from {{ source('events', 'deliveries') }}

),

renamed as (

    select
        -- ids
        delivery_id,
        message_id as event_id,

        -- strings
        destination as destination_name,
        connection as connection_name,
        event as event_name,
        status as delivery_status,
        reason as delivery_reason,

        -- numbers
        http_status,
        attempt as attempt_number,

        -- timestamps
        {{ utc_timestamp('attempted_at') }} as attempted_at,
        {{ utc_timestamp('loaded_at') }} as loaded_at

    from deliveries

)

select * from renamed

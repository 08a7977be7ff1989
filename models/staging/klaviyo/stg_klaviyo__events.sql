with events as (

    select * from {{ source('klaviyo', 'events') }}

),

renamed as (

    select
        -- ids
        id as email_event_id,
        {{ json_text('relationships', 'profile.data.id') }} as profile_id,
        {{ json_text('event_properties', '"$message"') }} as message_id,

        -- strings
        metric_name,
        {{ json_text('event_properties', 'Campaign Name') }} as campaign_name,

        -- timestamps
        {{ utc_timestamp('datetime') }} as occurred_at

    from events
    -- a shop's orders and visits, and text messages, are in the same list
    where metric_name like '%Email%'

)

select * from renamed

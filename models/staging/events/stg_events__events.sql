with events as (

    select * from {{ source('events', 'events') }}

),

renamed as (

    select
        -- ids
        message_id as event_id,
        source_id,
        {{ trimmed('anonymous_id') }} as anonymous_id,
        {{ trimmed('user_id') }} as user_id,
        {{ trimmed('previous_id') }} as previous_user_id,
        nullif(trim(group_id), '') as group_id,

        -- strings
        type as event_type,
        case when type = 'track' then event else type end as event_name,
        channel as sdk_channel_name,
        coalesce(
            {{ json_text('properties', 'path') }},
            {{ json_text('context', 'page.path') }},
            case
                when type = 'screen'
                    then coalesce(name, {{ json_text('properties', 'name') }})
            end
        ) as page_path,
        coalesce(
            {{ json_text('properties', 'title') }},
            {{ json_text('context', 'page.title') }}
        ) as page_title,
        coalesce(
            {{ json_text('properties', 'referrer') }},
            {{ json_text('context', 'page.referrer') }}
        ) as referrer_url,
        {{ json_text('context', 'campaign.source') }} as campaign_source,
        {{ json_text('context', 'campaign.medium') }} as campaign_medium,
        {{ json_text('context', 'campaign.name') }} as campaign_name,
        {{ json_text('context', 'device.type') }} as device_type,
        properties as properties_json,
        traits as traits_json,
        context as context_json,
        violations as violations_json,
        log_partition,

        -- numbers
        log_offset,

        -- timestamps
        {{ utc_timestamp('timestamp') }} as occurred_at,
        {{ utc_timestamp('sent_at') }} as sent_at,
        {{ utc_timestamp('received_at') }} as received_at,
        {{ utc_timestamp('loaded_at') }} as loaded_at

    from events

)

select * from renamed

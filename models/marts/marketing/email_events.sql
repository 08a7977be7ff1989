with loaded as (

    select * from {{ ref('stg_klaviyo__events') }}

),

-- tools that post what they see as it happens
reported as (

    select
        *,
        {{ email_metric('event_name') }} as metric_name
    from {{ ref('int_events_resolved') }}
    where event_type = 'track'

),

profile_customers as (

    select
        identifier_value,
        customer_id
    from {{ ref('customer_identifiers') }}
    where identifier_type = 'email_profile_id'

),

combined as (

    select
        -- ids
        loaded.email_event_id,
        profile_customers.customer_id,
        loaded.profile_id,
        loaded.message_id,

        -- strings
        loaded.metric_name,
        loaded.campaign_name,

        -- timestamps
        loaded.occurred_at
    from loaded
    left join profile_customers
        on loaded.profile_id = profile_customers.identifier_value
    union all
    select
        event_id as email_event_id,
        customer_id,
        coalesce(user_id, anonymous_id) as profile_id,
        {{ json_text('properties_json', 'campaign_id') }} as message_id,
        metric_name,
        {{ json_text('properties_json', 'campaign_name') }} as campaign_name,
        occurred_at
    from reported
    where metric_name is not null

)

select * from combined

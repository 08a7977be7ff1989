with identifiers as (

    select * from {{ ref('customer_identifiers') }}

),

email_events as (

    select
        'klaviyo_' || email_event_id as touch_id,
        'email_profile_id' as identifier_type,
        profile_id as identifier_value,
        'email' as touch_type,
        metric_name as touch_name,
        'email' as channel_name,
        occurred_at
    from {{ ref('stg_klaviyo__events') }}

),

tickets as (

    select
        'zendesk_' || ticket_id as touch_id,
        'support_requester_id' as identifier_type,
        requester_id as identifier_value,
        'ticket' as touch_type,
        'ticket opened' as touch_name,
        channel_name,
        created_at as occurred_at
    from {{ ref('stg_zendesk__tickets') }}

),

touches as (

    select * from email_events
    union all
    select * from tickets

),

resolved as (

    select
        touches.touch_id,
        identifiers.customer_id,
        touches.touch_type,
        touches.touch_name,
        touches.channel_name,
        touches.occurred_at
    from touches
    inner join identifiers
        on
            touches.identifier_type = identifiers.identifier_type
            and touches.identifier_value = identifiers.identifier_value
    union all
    select
        touch_id,
        customer_id,
        touch_type,
        touch_name,
        channel_name,
        occurred_at
    from {{ ref('int_sales_touches_resolved') }}

)

select * from resolved

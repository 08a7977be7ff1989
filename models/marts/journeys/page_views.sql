with events as (

    select * from {{ ref('int_events_resolved') }}
    where event_type in ('page', 'screen')

),

session_events as (

    select * from {{ ref('int_events_sessionized') }}

),

page_views as (

    select
        -- ids
        events.event_id as page_view_id,
        events.customer_id,
        session_events.session_id,
        events.anonymous_id,
        events.source_id,

        -- strings
        events.page_path,
        events.page_title,
        events.referrer_url,

        -- timestamps
        events.occurred_at as viewed_at
    from events
    left join session_events on events.event_id = session_events.event_id

)

select * from page_views

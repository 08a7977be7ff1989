with session_events as (

    select * from {{ ref('int_events_sessionized') }}

),

events as (

    select * from {{ ref('int_events_resolved') }}

),

landings as (

    select * from {{ ref('int_arrivals_classified') }}
    where is_landing

),

order_reports as (

    select * from {{ ref('int_order_reports_read') }}
    where event_name = 'order_completed'

),

-- a page that is loaded again reports its order again
first_reports as (

    select order_reports.event_id
    from order_reports
    inner join session_events on order_reports.event_id = session_events.event_id
    qualify
        row_number() over (
            partition by order_reports.order_id
            order by order_reports.occurred_at, order_reports.event_id
        ) = 1

),

combined as (

    select
        events.*,
        first_reports.event_id is not null as has_completed_order,
        landings.channel,
        landings.campaign_source as landing_source,
        landings.campaign_medium as landing_medium,
        landings.campaign_name as landing_campaign,
        landings.ad_id,
        landings.referrer_host,
        session_events.session_id,
        session_events.event_number
    from session_events
    inner join events on session_events.event_id = events.event_id
    left join landings on session_events.session_id = landings.session_id
    left join first_reports on events.event_id = first_reports.event_id

),

sessions as (

    select
        -- ids
        session_id,
        coalesce(
            max_by(customer_id, event_number) filter (where user_id is not null),
            max(customer_id)
        ) as customer_id,
        max(anonymous_id) as anonymous_id,
        min_by(source_id, event_number) as source_id,

        -- strings
        min_by(page_path, event_number) filter (where page_path is not null)
            as landing_page_path,
        coalesce(max(channel), 'unknown') as channel,
        max(landing_source) as campaign_source,
        max(landing_medium) as campaign_medium,
        max(landing_campaign) as campaign_name,
        max(ad_id) as ad_id,
        max(referrer_host) as referrer_host,

        -- numbers
        count(*) as event_count,
        count(*) filter (where event_type in ('page', 'screen')) as page_view_count,
        count(*) filter (where has_completed_order) as order_count,
        {{ dbt.datediff('min(occurred_at)', 'max(occurred_at)', 'second') }}
            as session_seconds,

        -- timestamps
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at
    from combined
    group by session_id

)

select * from sessions

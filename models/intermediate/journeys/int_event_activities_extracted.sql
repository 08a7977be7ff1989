with events as (

    select
        *,
        {{ email_metric('event_name') }} as email_metric_name,
        {{ json_text('context_json', 'integration.name') }} as tool_name,
        case when event_name = 'sales_call_completed'
                then {{ json_text('properties_json', 'call_id') }}
        end as call_id
    from {{ ref('int_events_resolved') }}
    where customer_id is not null and event_type in ('page', 'screen', 'track')

),

session_events as (

    select * from {{ ref('int_events_sessionized') }}

),

orders as (

    select * from {{ ref('int_orders_extracted') }}

),

order_reports as (

    select * from {{ ref('int_order_reports_read') }}
    where event_name = 'order_completed'

),

-- an order that is reported twice was completed once: on the device, if it says so
reports_ranked as (

    select
        order_reports.event_id,
        order_reports.order_id,
        row_number() over (
            partition by order_reports.order_id
            order by
                case when order_reports.customer_id is null then 1 else 0 end,
                case when session_events.session_id is null then 1 else 0 end,
                order_reports.occurred_at,
                order_reports.event_id
        ) as report_number
    from order_reports
    left join session_events on order_reports.event_id = session_events.event_id

),

-- a call that the sales tool was also asked for is told once, with the lead it is about
loaded_calls as (

    select touch_id from {{ ref('int_sales_call_touches_resolved') }}

),

extracted as (

    select
        events.event_id as activity_id,
        events.customer_id,
        session_events.session_id,
        case
            when events.event_type <> 'track' then 'page_viewed'
            when events.email_metric_name is not null
                then lower(replace(events.email_metric_name, ' ', '_'))
            else events.event_name
        end as activity_name,
        coalesce(
            case when events.event_type <> 'track' then events.page_path end,
            orders.order_id,
            {{ json_text('events.properties_json', 'product_id') }}
        ) as activity_detail,
        events.email_metric_name,
        events.tool_name,
        coalesce(events.campaign_medium, events.source_id) as channel_name,
        orders.order_amount as revenue_amount,
        events.occurred_at
    from events
    left join session_events on events.event_id = session_events.event_id
    left join reports_ranked on events.event_id = reports_ranked.event_id
    left join orders on reports_ranked.order_id = orders.order_id
    left join loaded_calls
        on loaded_calls.touch_id = 'salesforce_' || events.call_id
    where
        loaded_calls.touch_id is null
        and coalesce(reports_ranked.report_number, 1) = 1

)

select * from extracted

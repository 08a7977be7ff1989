with events as (

    select * from {{ ref('int_events_resolved') }}
    where customer_id is not null and event_type in ('page', 'screen', 'track')

),

session_events as (

    select * from {{ ref('int_events_sessionized') }}

),

orders as (

    select * from {{ ref('int_orders_extracted') }}

),

event_activities as (

    select
        events.event_id as activity_id,
        events.customer_id,
        session_events.session_id,
        case
            when events.event_type = 'track' then events.event_name
            else 'page_viewed'
        end as activity_name,
        coalesce(
            case when events.event_type <> 'track' then events.page_path end,
            orders.order_id,
            {{ json_text('events.properties_json', 'product_id') }}
        ) as activity_detail,
        orders.order_amount as revenue_amount,
        events.occurred_at
    from events
    left join session_events on events.event_id = session_events.event_id
    left join orders on events.event_id = orders.event_id

),

other_touches as (

    select * from {{ ref('int_ad_touches_selected') }}
    union all
    select * from {{ ref('int_tool_touches_resolved') }}

),

combined as (

    select * from event_activities
    union all
    select
        touch_id as activity_id,
        customer_id,
        cast(null as {{ dbt.type_string() }}) as session_id,
        case
            when touch_type = 'ad_click' then 'ad_clicked'
            else lower(replace(touch_name, ' ', '_'))
        end as activity_name,
        case touch_type when 'ad_click' then touch_name else channel_name end
            as activity_detail,
        cast(null as decimal(18, 2)) as revenue_amount,
        occurred_at
    from other_touches

),

numbered as (

    select
        -- ids
        activity_id,
        customer_id,
        session_id,

        -- strings
        activity_name,
        activity_detail,

        -- numbers
        cast(revenue_amount as decimal(18, 2)) as revenue_amount,
        row_number() over (
            partition by customer_id
            order by occurred_at, activity_id
        ) as activity_number,
        row_number() over (
            partition by customer_id, activity_name
            order by occurred_at, activity_id
        ) as occurrence_number,

        -- timestamps
        occurred_at
    from combined

)

select * from numbered

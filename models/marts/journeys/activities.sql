with event_activities as (

    select
        activity_id,
        customer_id,
        session_id,
        activity_name,
        activity_detail,
        revenue_amount,
        occurred_at
    from {{ ref('int_event_activities_extracted') }}

),

untold_orders as (

    select
        lines_id as activity_id,
        customer_id,
        cast(null as {{ dbt.type_string() }}) as session_id,
        'order_completed' as activity_name,
        order_id as activity_detail,
        order_amount as revenue_amount,
        ordered_at as occurred_at
    from {{ ref('int_shop_orders_untold') }}
    where customer_id is not null

),

other_touches as (

    select * from {{ ref('int_ad_touches_selected') }}
    union all
    select * from {{ ref('int_tool_touches_resolved') }}
    union all
    select * from {{ ref('int_sales_call_touches_resolved') }}

),

combined as (

    select * from event_activities
    union all
    select * from untold_orders
    union all
    select
        touch_id as activity_id,
        customer_id,
        cast(null as {{ dbt.type_string() }}) as session_id,
        case touch_type
            when 'ad_click' then 'ad_clicked'
            when 'sales_call' then 'sales_call_completed'
            else lower(replace(touch_name, ' ', '_'))
        end as activity_name,
        case when touch_type in ('ad_click', 'sales_call') then touch_name
            else channel_name
        end as activity_detail,
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

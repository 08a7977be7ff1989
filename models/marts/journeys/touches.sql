with untold_orders as (

    select
        lines_id as touch_id,
        customer_id,
        'purchase' as touch_type,
        'order_completed' as touch_name,
        order_channel as channel_name,
        ordered_at as occurred_at
    from {{ ref('int_shop_orders_untold') }}
    where customer_id is not null

),

touches as (

    select * from {{ ref('int_event_touches_classified') }}
    union all
    select * from {{ ref('int_ad_touches_selected') }}
    union all
    select * from {{ ref('int_tool_touches_resolved') }}
    union all
    select * from {{ ref('int_sales_call_touches_resolved') }}
    union all
    select * from untold_orders

),

numbered as (

    select
        -- ids
        touch_id,
        customer_id,

        -- strings
        touch_type,
        touch_name,
        channel_name,

        -- numbers
        row_number() over (
            partition by customer_id
            order by occurred_at, touch_id
        ) as touch_number,

        -- timestamps
        occurred_at
    from touches

)

select * from numbered

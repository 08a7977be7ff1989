{# The event has the word on what was ordered, by whom and for how much. That an order
   was cancelled may come from either. #}
with told as (

    select * from {{ ref('int_orders_extracted') }}

),

untold as (

    select * from {{ ref('int_shop_orders_untold') }}

),

shop_orders as (

    select * from {{ ref('int_shop_orders_numbered') }}

),

combined as (

    select
        told.order_id,
        told.lines_event_id as lines_id,
        told.customer_id,
        'events' as order_source,
        told.order_channel,
        told.coupon_code,
        told.currency_code,
        told.subtotal_amount,
        told.discount_amount,
        told.tax_amount,
        told.shipping_amount,
        told.order_amount,
        told.ordered_at,
        told.edited_at,
        coalesce(told.cancelled_at, shop_orders.cancelled_at) as cancelled_at
    from told
    left join shop_orders on told.order_id = shop_orders.order_id
    union all
    select
        order_id,
        lines_id,
        customer_id,
        'shop' as order_source,
        order_channel,
        coupon_code,
        currency_code,
        subtotal_amount,
        discount_amount,
        tax_amount,
        shipping_amount,
        order_amount,
        ordered_at,
        cast(null as timestamp) as edited_at,
        cancelled_at
    from untold

)

select * from combined

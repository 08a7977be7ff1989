{# What the shop could not know yet, or not any more, is no difference: an order with an
   event alone counts between the first order and the last change that were loaded. #}
with shop_orders as (

    select * from {{ ref('int_shop_orders_numbered') }}

),

event_orders as (

    select * from {{ ref('int_orders_extracted') }}

),

known_span as (

    select
        min(ordered_at) as first_ordered_at,
        max(updated_at) as last_changed_at
    from shop_orders

),

event_orders_within as (

    select event_orders.*
    from event_orders
    left join shop_orders on event_orders.order_id = shop_orders.order_id
    cross join known_span
    where
        shop_orders.order_id is not null
        or event_orders.ordered_at
        between known_span.first_ordered_at and known_span.last_changed_at

),

matched as (

    select
        coalesce(shop_orders.order_id, event_orders_within.order_id) as order_id,
        shop_orders.shopify_order_id,
        shop_orders.order_name,
        coalesce(shop_orders.currency_code, event_orders_within.currency_code)
            as currency_code,
        event_orders_within.currency_code as event_currency_code,
        shop_orders.order_amount as shop_amount,
        event_orders_within.order_amount as event_amount,
        shop_orders.order_id is not null as is_in_shop,
        event_orders_within.order_id is not null as is_in_events,
        cast(
            coalesce(shop_orders.ordered_at, event_orders_within.ordered_at) as date
        ) as ordered_date

    from shop_orders
    full outer join event_orders_within
        on shop_orders.order_id = event_orders_within.order_id

),

judged as (

    select
        *,
        case
            when not is_in_events then 'event_missing'
            when not is_in_shop then 'shop_order_missing'
            when currency_code <> coalesce(event_currency_code, currency_code)
                then 'currency_differs'
            when shop_amount <> event_amount then 'amount_differs'
        end as difference_reason
    from matched

)

select * from judged

{# An event tells of a refund by its id, or by its order and amount. Where one of the
   order fits none of the shop's, the order's others are left out: they might be it. #}
with shop_orders as (

    select * from {{ ref('int_shop_orders_numbered') }}

),

shop_refunds as (

    select * from {{ ref('stg_shopify__refunds') }}
    where refund_amount > 0

),

event_refunds as (

    select * from {{ ref('int_refunds_extracted') }}

),

shop_rest as (

    select
        shop_refunds.*,
        shop_orders.order_id,
        row_number() over (
            partition by shop_orders.order_id, shop_refunds.refund_amount
            order by shop_refunds.refunded_at, shop_refunds.shop_refund_id
        ) as refund_number
    from shop_refunds
    inner join shop_orders
        on shop_refunds.shopify_order_id = shop_orders.shopify_order_id
    left join event_refunds on shop_refunds.shop_refund_id = event_refunds.refund_id
    where event_refunds.refund_id is null

),

event_rest as (

    select
        event_refunds.order_id,
        event_refunds.refund_amount,
        row_number() over (
            partition by event_refunds.order_id, event_refunds.refund_amount
            order by event_refunds.refunded_at, event_refunds.refund_id
        ) as refund_number
    from event_refunds
    left join shop_refunds on event_refunds.refund_id = shop_refunds.shop_refund_id
    where shop_refunds.shop_refund_id is null

),

paired as (

    select
        event_rest.order_id,
        shop_rest.shop_refund_id
    from event_rest
    left join shop_rest
        on
            event_rest.order_id = shop_rest.order_id
            and event_rest.refund_amount = shop_rest.refund_amount
            and event_rest.refund_number = shop_rest.refund_number

),

unclear_orders as (

    select distinct order_id
    from paired
    where shop_refund_id is null

)

select
    shop_rest.shop_refund_id as refund_id,
    shop_rest.order_id,
    'shopify_refund_' || shop_rest.shop_refund_id as lines_id,
    shop_rest.currency_code,
    shop_rest.refund_amount,
    shop_rest.refunded_at
from shop_rest
left join paired on shop_rest.shop_refund_id = paired.shop_refund_id
left join unclear_orders on shop_rest.order_id = unclear_orders.order_id
where paired.shop_refund_id is null and unclear_orders.order_id is null

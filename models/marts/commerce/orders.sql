with orders as (

    select * from {{ ref('int_orders_combined') }}

),

rates as (

    select * from {{ ref('int_currency_rates_dated') }}

),

refunds_of_orders as (

    select
        order_id,
        currency_code,
        sum(refund_amount) as refunded_amount
    from {{ ref('refunds') }}
    where is_order_known
    group by order_id, currency_code

),

items_of_orders as (

    select
        order_id,
        sum(quantity) as item_count
    from {{ ref('order_items') }}
    group by order_id

),

combined as (

    select
        -- ids
        orders.order_id,
        orders.customer_id,

        -- strings
        orders.order_source,
        orders.order_channel,
        orders.coupon_code,
        orders.currency_code,

        -- numbers
        orders.subtotal_amount,
        orders.discount_amount,
        orders.tax_amount,
        orders.shipping_amount,
        orders.order_amount,
        cast(
            orders.order_amount * {{ reporting_rate('orders.currency_code') }}
            as decimal(18, 2)
        ) as reporting_amount,
        cast(coalesce(refunds_of_orders.refunded_amount, 0) as decimal(18, 2))
            as refunded_amount,
        cast(
            case
                when orders.cancelled_at is not null then 0
                else
                    orders.order_amount
                    - coalesce(refunds_of_orders.refunded_amount, 0)
            end as decimal(18, 2)
        ) as net_amount,
        cast(coalesce(items_of_orders.item_count, 0) as bigint) as item_count,

        -- booleans
        refunds_of_orders.order_id is not null as is_refunded,
        orders.cancelled_at is not null as is_cancelled,

        -- timestamps
        orders.ordered_at,
        orders.edited_at,
        orders.cancelled_at
    from orders
    left join refunds_of_orders
        on
            orders.order_id = refunds_of_orders.order_id
            and coalesce(orders.currency_code, '')
            = coalesce(refunds_of_orders.currency_code, '')
    left join rates on {{ is_rate_of('orders.currency_code', 'orders.ordered_at') }}
    left join items_of_orders on orders.order_id = items_of_orders.order_id

)

select * from combined

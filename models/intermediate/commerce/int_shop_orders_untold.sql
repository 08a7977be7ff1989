{# In the shape of int_orders_extracted, so that both are one table. Channels that the
   models ask for have one name, wherever an order was learned of. #}
with shop_orders as (

    select * from {{ ref('int_shop_orders_numbered') }}

),

missing as (

    select order_id
    from {{ ref('int_shop_orders_matched') }}
    where not is_in_events

),

identifiers as (

    select * from {{ ref('customer_identifiers') }}

),

coupons as (

    select
        shopify_order_id,
        coupon_code
    from {{ ref('stg_shopify__discounts') }}
    where coupon_code is not null
    qualify
        row_number() over (
            partition by shopify_order_id
            order by discount_number
        ) = 1

),

untold as (

    select
        -- ids
        shop_orders.order_id,
        shop_orders.shopify_order_id,
        'shopify_order_' || shop_orders.shopify_order_id as lines_id,
        coalesce(shoppers.customer_id, addresses.customer_id) as customer_id,

        -- strings
        case
            when shop_orders.order_channel like 'subscription_contract%'
                then 'subscription'
            when shop_orders.order_channel in ('iphone', 'android') then 'mobile'
            else coalesce(shop_orders.order_channel, 'shopify')
        end as order_channel,
        coupons.coupon_code,
        shop_orders.currency_code,

        -- numbers
        shop_orders.subtotal_amount,
        shop_orders.discount_amount,
        shop_orders.tax_amount,
        shop_orders.shipping_amount,
        shop_orders.order_amount,

        -- timestamps
        shop_orders.ordered_at,
        shop_orders.cancelled_at
    from shop_orders
    inner join missing on shop_orders.order_id = missing.order_id
    left join coupons on shop_orders.shopify_order_id = coupons.shopify_order_id
    left join identifiers as shoppers
        on
            shop_orders.shop_customer_id = shoppers.identifier_value
            and shoppers.identifier_type = 'shop_customer_id'
    left join identifiers as addresses
        on
            shop_orders.email = addresses.identifier_value
            and addresses.identifier_type = 'email'

)

select * from untold

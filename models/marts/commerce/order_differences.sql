with orders as (

    select * from {{ ref('int_shop_orders_matched') }}

),

different as (

    select
        order_id,
        shopify_order_id,
        order_name,
        currency_code,
        difference_reason,
        shop_amount,
        event_amount,
        cast(coalesce(event_amount, 0) - coalesce(shop_amount, 0) as decimal(18, 2))
            as difference_amount,
        ordered_date
    from orders
    where difference_reason is not null

)

select * from different

with orders as (

    select * from {{ ref('orders') }}
    where cancelled_at is null

),

items as (

    select
        order_id,
        sum(sold_amount) as sold_amount,
        sum(cost_amount) as cost_amount,
        min(case when has_known_cost then 1 else 0 end) = 1 as has_known_cost
    from {{ ref('order_item_margins') }}
    group by order_id

),

margins as (

    select
        -- ids
        orders.order_id,
        orders.customer_id,

        -- strings
        orders.order_channel,
        orders.coupon_code,
        orders.currency_code,

        -- numbers
        orders.order_amount,
        orders.discount_amount,
        orders.refunded_amount,
        cast(items.sold_amount as decimal(18, 2)) as sold_amount,
        case when items.has_known_cost
                then cast(items.cost_amount as decimal(18, 2))
        end as cost_amount,
        case when items.has_known_cost
                then cast(items.sold_amount - items.cost_amount as decimal(18, 2))
        end as margin_amount,

        -- booleans
        orders.coupon_code is not null as has_coupon,
        coalesce(items.has_known_cost, false) as has_known_cost,

        -- timestamps
        orders.ordered_at
    from orders
    left join items on orders.order_id = items.order_id

)

select * from margins

-- An order that the shop alone has, and one that events alone tell of, of one customer
-- and one amount within ten minutes, are one order under two numbers: the shop's
-- attribute order_id is missing (docs/sources/shopify.md), and the sale counts twice.
with orders as (

    select * from {{ ref('orders') }}

),

shop_orders as (

    select * from {{ ref('int_shop_orders_numbered') }}

),

told_elsewhere as (

    select orders.*
    from orders
    left join shop_orders on orders.order_id = shop_orders.order_id
    where orders.order_source = 'events' and shop_orders.order_id is null

),

untold as (

    select * from orders
    where order_source = 'shop'

)

select
    untold.order_id,
    told_elsewhere.order_id as event_order_id,
    untold.order_amount
from untold
inner join told_elsewhere
    on
        untold.customer_id = told_elsewhere.customer_id
        and untold.order_amount = told_elsewhere.order_amount
        and untold.currency_code = told_elsewhere.currency_code
where
    told_elsewhere.ordered_at
    between {{ dbt.dateadd('minute', -10, 'untold.ordered_at') }}
    and {{ dbt.dateadd('minute', 10, 'untold.ordered_at') }}

-- To the cent: the lines' discounts are the order's, and what customers were worth is what
-- was ordered less what was given back.
with items as (

    select
        order_id,
        sum(line_amount) as line_amount,
        sum(discount_amount) as discount_amount
    from {{ ref('order_item_margins') }}
    group by order_id

),

orders as (

    select * from {{ ref('orders') }}

),

wrong_orders as (

    select orders.order_id as what
    from orders
    inner join items on orders.order_id = items.order_id
    where items.line_amount > 0 and items.discount_amount <> orders.discount_amount

),

totals as (

    select
        (select sum(net_amount) from orders where customer_id is not null) as net_amount,
        (select sum(lifetime_value_amount) from {{ ref('customer_values') }})
            as lifetime_value_amount

),

wrong_totals as (

    select 'customer_values' as what
    from totals
    where coalesce(net_amount, 0) <> coalesce(lifetime_value_amount, 0)

)

select * from wrong_orders
union all
select * from wrong_totals

-- The lines of an order come to its subtotal, to the cent.
with lines as (

    select
        order_id,
        sum(line_amount) as lines_amount
    from {{ ref('order_items') }}
    group by order_id

),

orders as (

    select * from {{ ref('orders') }}

)

select
    orders.order_id,
    orders.subtotal_amount,
    lines.lines_amount
from orders
inner join lines on orders.order_id = lines.order_id
where abs(orders.subtotal_amount - lines.lines_amount) >= 0.01

-- Every order that was charged comes to what was charged, and gives back what was
-- refunded, to the cent. Orders without a charge (imported ones, for instance) are
-- left out here; charges without an order are the other test's.
with charges as (

    select
        order_id,
        sum(charge_amount) as charged_amount,
        sum(refunded_amount) as refunded_amount
    from {{ ref('stg_stripe__charges') }}
    where charge_status = 'succeeded' and order_id is not null
    group by order_id

),

orders as (

    select * from {{ ref('orders') }}

)

select
    orders.order_id,
    orders.order_amount,
    charges.charged_amount,
    orders.refunded_amount as order_refunded_amount,
    charges.refunded_amount as charge_refunded_amount
from orders
inner join charges on orders.order_id = charges.order_id
where
    orders.order_amount <> charges.charged_amount
    or orders.refunded_amount <> charges.refunded_amount

-- Money that was taken for an order is in the mart's orders: none is lost on the way.
with charges as (

    select * from {{ ref('stg_stripe__charges') }}
    where charge_status = 'succeeded' and order_id is not null

),

orders as (

    select order_id from {{ ref('orders') }}

)

select
    charges.charge_id,
    charges.order_id,
    charges.charge_amount
from charges
left join orders on charges.order_id = orders.order_id
where orders.order_id is null

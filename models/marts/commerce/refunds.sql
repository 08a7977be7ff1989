with refunds as (

    select * from {{ ref('int_refunds_extracted') }}

),

orders as (

    select * from {{ ref('int_orders_extracted') }}

),

resolved as (

    select
        -- ids
        refunds.refund_id,
        refunds.order_id,
        coalesce(orders.customer_id, refunds.customer_id) as customer_id,

        -- strings
        refunds.currency_code,

        -- numbers
        refunds.refund_amount,

        -- booleans
        orders.order_id is not null as is_order_known,

        -- timestamps
        refunds.refunded_at
    from refunds
    left join orders on refunds.order_id = orders.order_id

)

select * from resolved

with refunds as (

    select * from {{ ref('int_refunds_combined') }}

),

orders as (

    select * from {{ ref('int_orders_combined') }}

),

payments as (

    select * from {{ ref('stg_stripe__refunds') }}

),

resolved as (

    select
        -- ids
        refunds.refund_id,
        refunds.order_id,
        coalesce(orders.customer_id, refunds.customer_id) as customer_id,
        payments.charge_id,

        -- strings
        refunds.refund_source,
        payments.refund_reason,
        payments.refund_status,
        refunds.currency_code,

        -- numbers
        refunds.refund_amount,

        -- booleans
        orders.order_id is not null as is_order_known,
        payments.refund_id is not null as is_in_payments,

        -- timestamps
        refunds.refunded_at
    from refunds
    left join orders on refunds.order_id = orders.order_id
    left join payments on refunds.refund_id = payments.refund_id

)

select * from resolved

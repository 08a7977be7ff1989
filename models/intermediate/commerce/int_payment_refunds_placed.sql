{# A refund that names no order belongs to its charge's. #}
with refunds as (

    select * from {{ ref('stg_stripe__refunds') }}
    where refund_status = 'succeeded'

),

charges as (

    select
        charge_id,
        coalesce(order_id, charge_id) as payment_key
    from {{ ref('stg_stripe__charges') }}

)

select
    refunds.refund_id,
    coalesce(charges.payment_key, refunds.order_id, refunds.refund_id) as payment_key,
    refunds.refund_reason,
    refunds.currency_code,
    refunds.refund_amount,
    refunds.refunded_at
from refunds
left join charges on refunds.charge_id = charges.charge_id

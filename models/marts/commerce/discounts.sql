{# An order whose invoice shows no discount, or that has no invoice, says itself what
   was taken off. #}
with invoice_discounts as (

    select * from {{ ref('stg_stripe__invoice_discounts') }}

),

invoices as (

    select * from {{ ref('invoices') }}
    where invoice_status <> 'void'

),

coupons as (

    select * from {{ ref('stg_stripe__coupons') }}

),

orders as (

    select * from {{ ref('orders') }}
    where discount_amount > 0

),

from_invoices as (

    select
        invoice_discounts.invoice_discount_id as discount_id,
        invoices.invoice_id,
        invoices.order_id,
        invoices.customer_id,
        invoice_discounts.coupon_id,
        upper(invoice_discounts.coupon_id) as coupon_code,
        invoice_discounts.currency_code,
        invoice_discounts.discount_amount,
        invoices.subtotal_amount,
        invoices.invoiced_at as discounted_at
    from invoice_discounts
    inner join invoices on invoice_discounts.invoice_id = invoices.invoice_id

),

from_orders as (

    select
        orders.order_id as discount_id,
        cast(null as {{ dbt.type_string() }}) as invoice_id,
        orders.order_id,
        orders.customer_id,
        cast(null as {{ dbt.type_string() }}) as coupon_id,
        orders.coupon_code,
        orders.currency_code,
        orders.discount_amount,
        orders.subtotal_amount,
        orders.ordered_at as discounted_at
    from orders
    left join from_invoices on orders.order_id = from_invoices.order_id
    where from_invoices.order_id is null

),

combined as (

    select * from from_invoices
    union all
    select * from from_orders

)

select
    combined.discount_id,
    combined.invoice_id,
    combined.order_id,
    combined.customer_id,
    combined.coupon_id,
    combined.coupon_code,
    coupons.coupon_name,
    combined.currency_code,
    combined.discount_amount,
    combined.subtotal_amount,
    coupons.discount_share,
    combined.invoice_id is not null as is_invoiced,
    combined.discounted_at
from combined
left join coupons on combined.coupon_id = coupons.coupon_id

with invoices as (

    select * from {{ ref('stg_stripe__invoices') }}
    -- a draft is not billed yet
    where invoice_status <> 'draft'

),

orders as (

    select
        order_id,
        customer_id
    from {{ ref('orders') }}

),

payments_customers as (

    select
        identifier_value,
        customer_id
    from {{ ref('customer_identifiers') }}
    where identifier_type = 'payments_customer_id'

),

resolved as (

    select
        -- ids
        invoices.invoice_id,
        invoices.order_id,
        invoices.subscription_id,
        coalesce(orders.customer_id, payments_customers.customer_id) as customer_id,
        invoices.payments_customer_id,

        -- strings
        invoices.invoice_number,
        invoices.invoice_status,
        invoices.billing_reason,
        invoices.currency_code,

        -- numbers
        invoices.subtotal_amount,
        invoices.discount_amount,
        invoices.tax_amount,
        invoices.shipping_amount,
        invoices.invoice_amount,
        invoices.paid_amount,
        cast(
            case when invoices.invoice_status = 'open'
                    then invoices.remaining_amount
                else 0
            end as decimal(18, 2)
        ) as open_amount,

        -- booleans
        invoices.invoice_status = 'paid' as is_paid,

        -- timestamps
        invoices.created_at as invoiced_at,
        invoices.paid_at
    from invoices
    left join orders on invoices.order_id = orders.order_id
    left join payments_customers
        on invoices.payments_customer_id = payments_customers.identifier_value

)

select * from resolved

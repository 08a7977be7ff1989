{# Newer versions of the API name the subscription in parent and taxes in total_taxes,
   older ones in columns of their own. #}
{% set amounts = {
    'subtotal_amount': 'subtotal',
    'discount_amount': json_sum('total_discount_amounts', 'amount'),
    'tax_amount': 'coalesce(' ~ json_sum('total_taxes', 'amount') ~ ', tax)',
    'shipping_amount': json_number('shipping_cost', 'amount_total', 'bigint'),
    'invoice_amount': 'total',
    'paid_amount': 'amount_paid',
    'remaining_amount': 'amount_remaining',
} %}

with invoices as (

    select * from {{ source('stripe', 'invoices') }}
    where not coalesce(deleted, false)

),

renamed as (

    select
        -- ids
        id as invoice_id,
        {{ json_text('metadata', 'order_id') }} as order_id,
        coalesce(
            {{ json_text('parent', 'subscription_details.subscription') }},
            subscription
        ) as subscription_id,
        customer as payments_customer_id,

        -- strings
        number as invoice_number,
        status as invoice_status,
        billing_reason,
        upper(currency) as currency_code,

        -- numbers
        {% for name, cents in amounts.items() %}
            {{ amount_from_minor_units('coalesce(' ~ cents ~ ', 0)', 'currency') }}
                as {{ name }},
        {% endfor %}

        -- timestamps
        {{ utc_timestamp('created') }} as created_at,
        {{ unix_timestamp(json_number('status_transitions', 'paid_at', 'bigint')) }}
            as paid_at

    from invoices

)

select * from renamed

{# Each side says what it knows of an order, under one name for one thing. A payment
   that names no order stands under its own id: nothing is left out. #}
{% set amounts = [
    'order_amount', 'charged_amount', 'invoiced_amount',
    'order_refunded_amount', 'charge_refunded_amount', 'paid_back_amount',
] %}
{% set sides = {
    'orders': (ref('orders'), 'order_id', 'ordered_at',
        {'order_amount': 'order_amount', 'order_refunded_amount': 'refunded_amount'}),
    'charges': (ref('stg_stripe__charges'), 'coalesce(order_id, charge_id)', 'created_at',
        {'charged_amount': 'charge_amount', 'charge_refunded_amount': 'refunded_amount'}),
    'invoices': (ref('invoices'), 'coalesce(order_id, invoice_id)', 'invoiced_at',
        {'invoiced_amount': 'invoice_amount'}),
    'refunds': (ref('int_payment_refunds_placed'), 'payment_key', 'refunded_at',
        {'paid_back_amount': 'refund_amount'}),
} %}
{% set counted = {
    'charges': "where charge_status = 'succeeded'",
    'invoices': "where invoice_status <> 'void'",
} %}

with said as (

    {% for side, (relation, key, clock, known) in sides.items() %}
        select
            {% for amount in amounts %}
                cast({{ known.get(amount, 0) }} as decimal(18, 2)) as {{ amount }},
            {% endfor %}
            {{ key }} as payment_key,
            {{ clock }} as happened_at,
            '{{ side }}' as side_name,
            currency_code
        from {{ relation }}
        {{ counted.get(side, '') }}
        {% if not loop.last %} union all {% endif %}
    {% endfor %}

),

summed as (

    select
        payment_key,
        currency_code,
        {% for amount in amounts %}
            cast(sum({{ amount }}) as decimal(18, 2)) as {{ amount }},
        {% endfor %}
        max(case when side_name = 'orders' then 1 else 0 end) = 1 as has_order,
        max(case when side_name = 'charges' then 1 else 0 end) = 1 as has_charge,
        max(case when side_name = 'invoices' then 1 else 0 end) = 1 as has_invoice,
        min(happened_at) as first_at
    from said
    group by payment_key, currency_code

),

compared as (

    select
        *,
        (not has_charge or order_amount = charged_amount)
        and (not has_invoice or order_amount = invoiced_amount)
        and order_refunded_amount = charge_refunded_amount
        and charge_refunded_amount = paid_back_amount as is_equal
    from summed

)

select
    {{ surrogate_key(['payment_key', 'currency_code']) }} as payment_reconciliation_id,
    payment_key as order_id,
    currency_code,
    case
        when not has_order then 'payment_only'
        when not has_charge and not has_invoice then 'order_only'
        when is_equal then 'equal'
        else 'different'
    end as verdict,
    {% for amount in amounts %}
        {{ amount }},
    {% endfor %}
    has_order,
    has_charge,
    has_invoice,
    first_at
from compared

{{ config(materialized='view') }}

{# metric, model, what is counted, what is summed, when it happened #}
{% set facts = [
    ('visitors', ref('sessions'), 'customer_id', 'null', 'started_at'),
    ('visits', ref('sessions'), 'session_id', 'null', 'started_at'),
    ('leads', ref('leads'), 'lead_id', 'null', 'created_at'),
    ('orders', ref('orders'), 'order_id', 'null', 'ordered_at'),
    ('buyers', ref('orders'), 'customer_id', 'null', 'ordered_at'),
    ('order_amount', ref('orders'), 'order_id', 'order_amount', 'ordered_at'),
    ('refund_amount', ref('refunds'), 'refund_id', 'refund_amount', 'refunded_at'),
    ('started_subscriptions', ref('subscriptions'), 'subscription_id', 'null', 'started_at'),
    ('cancelled_subscriptions', ref('subscriptions'), 'subscription_id', 'null', 'cancelled_at'),
    ('support_tickets', ref('support_tickets'), 'ticket_id', 'null', 'created_at'),
] %}

with facts as (

    {% for metric_name, relation, counted, summed, happened_at in facts %}
        select
            '{{ metric_name }}' as metric_name,
            {{ counted }} as counted_id,
            cast({{ summed }} as decimal(18, 2)) as summed_amount,
            {{ happened_at }} as happened_at
        from {{ relation }}
        {% if not loop.last %} union all {% endif %}
    {% endfor %}

)

select * from facts

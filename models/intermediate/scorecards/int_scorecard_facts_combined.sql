{{ config(materialized='view') }}

{% set bought = 'case when order_count > 0 then 1 else 0 end' %}
{# metric, relation, what is counted, what is summed, when it happened; sums of money
   are in the relation's currency_code #}
{% set facts = [
    ('visitors', ref('sessions'), 'customer_id', 'null', 'started_at'),
    ('visits', ref('sessions'), 'session_id', 'null', 'started_at'),
    ('conversion_rate', ref('sessions'), 'session_id', bought, 'started_at'),
    ('leads', ref('leads'), 'lead_id', 'null', 'created_at'),
    ('orders', 'kept_orders', 'order_id', 'null', 'ordered_at'),
    ('buyers', 'kept_orders', 'customer_id', 'null', 'ordered_at'),
    ('new_buyers', 'first_orders', 'customer_id', 'null', 'ordered_at'),
    ('order_amount', 'kept_orders', 'order_id', 'order_amount', 'ordered_at'),
    ('average_order_amount', 'kept_orders', 'order_id', 'order_amount', 'ordered_at'),
    ('refund_amount', 'kept_refunds', 'refund_id', 'refund_amount', 'refunded_at'),
    ('margin_amount', ref('order_margins'), 'order_id', 'margin_amount', 'ordered_at'),
    ('ad_spend_amount', ref('ad_performance'), 'null', 'spend_amount', 'performed_date'),
    ('acquisition_cost_amount', ref('ad_performance'), 'null', 'spend_amount', 'performed_date'),
    ('acquisition_cost_amount', 'first_orders', 'customer_id', 'null', 'ordered_at'),
    ('started_subscriptions', ref('subscriptions'), 'subscription_id', 'null', 'started_at'),
    ('cancelled_subscriptions', ref('subscriptions'), 'subscription_id', 'null', 'cancelled_at'),
    ('email_clicks', 'email_clicks', 'email_event_id', 'null', 'occurred_at'),
    ('support_tickets', ref('support_tickets'), 'ticket_id', 'null', 'created_at'),
] %}

with kept_orders as (

    select * from {{ ref('orders') }}
    where cancelled_at is null

),

cancelled_orders as (

    select * from {{ ref('orders') }}
    where cancelled_at is not null

),

-- the amount of an order that was cancelled is left out already
kept_refunds as (

    select * from {{ ref('refunds') }}
    where
        coalesce(order_id, '')
        not in (select cancelled_orders.order_id from cancelled_orders)

),

orders_numbered as (

    select
        customer_id,
        ordered_at,
        row_number() over (
            partition by customer_id
            order by ordered_at, order_id
        ) as order_number
    from kept_orders
    where customer_id is not null

),

first_orders as (

    select * from orders_numbered
    where order_number = 1

),

email_clicks as (

    select * from {{ ref('email_events') }}
    where metric_name = 'Clicked Email'

),

facts as (

    {% for metric_name, relation, counted, summed, happened_at in facts %}
        select
            '{{ metric_name }}' as metric_name,
            cast({{ counted }} as {{ dbt.type_string() }}) as counted_id,
            cast({{ summed }} as decimal(18, 2)) as summed_amount,
            {% if summed.endswith('_amount') %} currency_code,
            {% else %} cast(null as {{ dbt.type_string() }}) as currency_code,
            {% endif %}
            cast({{ happened_at }} as timestamp) as happened_at
        from {{ relation }}
        {% if not loop.last %} union all {% endif %}
    {% endfor %}

)

select * from facts

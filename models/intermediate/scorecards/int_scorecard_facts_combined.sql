{{ config(materialized='view') }}

{% set bought = 'case when order_count > 0 then 1 else 0 end' %}
{# metric, relation, what is counted, what is summed, when it happened; sums of money
   are in the relation's currency_code #}
{% set reporting_currency = var('reporting_currency') %}
{% set facts = [
    ('visitors', ref('sessions'), 'customer_id', 'null', 'started_at'),
    ('visits', ref('sessions'), 'session_id', 'null', 'started_at'),
    ('conversion_rate', ref('sessions'), 'session_id', bought, 'started_at'),
    ('leads', ref('leads'), 'lead_id', 'null', 'created_at'),
    ('orders', ref('orders'), 'order_id', 'null', 'ordered_at'),
    ('buyers', ref('orders'), 'customer_id', 'null', 'ordered_at'),
    ('new_buyers', 'first_orders', 'customer_id', 'null', 'ordered_at'),
    ('order_amount', ref('orders'), 'order_id', 'order_amount', 'ordered_at'),
    ('average_order_amount', ref('orders'), 'order_id', 'order_amount', 'ordered_at'),
    ('refund_amount', ref('refunds'), 'refund_id', 'refund_amount', 'refunded_at'),
    ('margin_amount', ref('order_margins'), 'order_id', 'margin_amount', 'ordered_at'),
    ('ad_spend_amount', ref('ad_performance'), 'null', 'spend_amount', 'performed_date'),
    ('acquisition_cost_amount', ref('ad_performance'), 'null', 'spend_amount', 'performed_date'),
    ('acquisition_cost_amount', 'first_orders', 'customer_id', 'null', 'ordered_at'),
    ('started_subscriptions', ref('subscriptions'), 'subscription_id', 'null', 'started_at'),
    ('cancelled_subscriptions', ref('subscriptions'), 'subscription_id', 'null', 'cancelled_at'),
    ('email_clicks', 'email_clicks', 'email_event_id', 'null', 'occurred_at'),
    ('support_tickets', ref('support_tickets'), 'ticket_id', 'null', 'created_at'),
] %}

with orders_numbered as (

    select
        customer_id,
        ordered_at,
        row_number() over (
            partition by customer_id
            order by ordered_at, order_id
        ) as order_number
    from {{ ref('orders') }}
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

),

rates as (

    select
        currency_code,
        rate,
        valid_from_date,
        lead(valid_from_date) over (
            partition by currency_code
            order by valid_from_date
        ) as valid_to_date
    from {{ ref('currency_rates') }}

),

rated as (

    select
        facts.metric_name,
        facts.counted_id,
        facts.summed_amount,
        facts.happened_at,
        case
            when facts.summed_amount is null or facts.currency_code is null then 1
            when facts.currency_code = '{{ reporting_currency }}' then 1
            else rates.rate
        end as rate
    from facts
    left join rates
        on
            facts.currency_code = rates.currency_code
            and facts.happened_at >= rates.valid_from_date
            and (
                rates.valid_to_date is null
                or facts.happened_at < rates.valid_to_date
            )

),

converted as (

    select
        metric_name,
        case when rate is not null then counted_id end as counted_id,
        cast(summed_amount * rate as decimal(18, 2)) as summed_amount,
        rate is null as is_left_out,
        happened_at
    from rated

)

select * from converted

{% set words = ['coupon_code', 'currency_code'] %}
{% set amounts = ['discount_amount', 'tax_amount', 'shipping_amount', 'order_amount'] %}

with reports as (

    select * from {{ ref('int_order_reports_read') }}

),

first_reports as (

    select * from reports
    where event_name = 'order_completed'
    qualify
        row_number() over (
            partition by order_id
            order by received_at, event_id
        ) = 1

),

-- an edit counts where it tells the whole order anew
newest_edits as (

    select * from reports
    where event_name = 'order_updated' and is_whole
    qualify
        row_number() over (
            partition by order_id
            order by occurred_at desc, received_at desc, event_id desc
        ) = 1

),

cancellations as (

    select
        order_id,
        min(occurred_at) as cancelled_at
    from reports
    where event_name = 'order_cancelled'
    group by order_id

),

edited as (

    select
        first_reports.order_id,
        first_reports.event_id,
        coalesce(newest_edits.event_id, first_reports.event_id) as lines_event_id,
        first_reports.customer_id,
        first_reports.order_channel,
        {% for column in words + amounts %}
            coalesce(
                newest_edits.{{ column }}, first_reports.{{ column }}
                {{- ', 0' if column in amounts }}
            ) as {{ column }},
        {% endfor %}
        case
            when newest_edits.order_id is null then first_reports.subtotal_amount
            else newest_edits.subtotal_amount
        end as subtotal_amount,
        first_reports.occurred_at as ordered_at,
        newest_edits.occurred_at as edited_at,
        cancellations.cancelled_at
    from first_reports
    left join newest_edits
        on
            first_reports.order_id = newest_edits.order_id
            and first_reports.occurred_at <= newest_edits.occurred_at
    left join cancellations on first_reports.order_id = cancellations.order_id

),

extracted as (

    select
        order_id,
        event_id,
        lines_event_id,
        customer_id,
        order_channel,
        {% for column in words + amounts %}
            {{ column }},
        {% endfor %}
        cast(
            coalesce(
                subtotal_amount,
                order_amount + discount_amount - tax_amount - shipping_amount
            ) as decimal(18, 2)
        ) as subtotal_amount,
        ordered_at,
        edited_at,
        cancelled_at
    from edited

)

select * from extracted

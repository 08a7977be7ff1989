{% set days = '(-' ~ var('email_credit_days') ~ ')' %}

with orders as (

    select * from {{ ref('orders') }}
    where customer_id is not null and cancelled_at is null

),

email_clicks as (

    select * from {{ ref('email_events') }}
    where metric_name = 'Clicked Email' and customer_id is not null

),

-- the last email that was clicked before the order has all of it
credited as (

    select
        orders.order_id,
        email_clicks.email_event_id,
        email_clicks.message_id,
        orders.currency_code,
        orders.order_amount,
        orders.ordered_at
    from orders
    inner join email_clicks
        on
            orders.customer_id = email_clicks.customer_id
            and orders.ordered_at >= email_clicks.occurred_at
            and {{ dbt.dateadd('day', days, 'orders.ordered_at') }}
            <= email_clicks.occurred_at
    qualify
        row_number() over (
            partition by orders.order_id
            order by email_clicks.occurred_at desc, email_clicks.email_event_id desc
        ) = 1

)

select * from credited

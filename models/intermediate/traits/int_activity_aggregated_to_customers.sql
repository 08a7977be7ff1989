with orders_of_customers as (

    select
        *,
        {{ is_within_last('ordered_at', 30) }} as is_of_last_30_days,
        {{ is_within_last('ordered_at', 90) }} as is_of_last_90_days
    from {{ ref('orders') }}
    where customer_id is not null and cancelled_at is null

),

orders as (

    select
        customer_id,
        count(case when is_of_last_30_days then 1 end) as order_count_last_30_days,
        count(case when is_of_last_90_days then 1 end) as order_count_last_90_days,
        {{ summed_amount('is_of_last_30_days') }} as order_amount_last_30_days,
        {{ summed_amount('is_of_last_90_days') }} as order_amount_last_90_days
    from orders_of_customers
    group by customer_id
    having count(case when is_of_last_90_days then 1 end) > 0

),

emails as (

    select
        customer_id,
        count(case when metric_name = 'Opened Email' then 1 end)
            as email_open_count_last_90_days,
        count(case when metric_name = 'Clicked Email' then 1 end)
            as email_click_count_last_90_days
    from {{ ref('email_events') }}
    where customer_id is not null and {{ is_within_last('occurred_at', 90) }}
    group by customer_id

),

activity as (

    select
        coalesce(orders.customer_id, emails.customer_id) as customer_id,
        coalesce(orders.order_count_last_30_days, 0) as order_count_last_30_days,
        coalesce(orders.order_count_last_90_days, 0) as order_count_last_90_days,
        cast(coalesce(orders.order_amount_last_30_days, 0) as decimal(18, 2))
            as order_amount_last_30_days,
        cast(coalesce(orders.order_amount_last_90_days, 0) as decimal(18, 2))
            as order_amount_last_90_days,
        coalesce(emails.email_open_count_last_90_days, 0)
            as email_open_count_last_90_days,
        coalesce(emails.email_click_count_last_90_days, 0)
            as email_click_count_last_90_days
    from orders
    full join emails on orders.customer_id = emails.customer_id

)

select * from activity

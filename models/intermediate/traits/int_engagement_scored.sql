with customers as (

    select * from {{ ref('int_customers_combined') }}

),

activity as (

    select * from {{ ref('int_activity_aggregated_to_customers') }}

),

counted as (

    select
        customers.customer_id,
        coalesce(customers.is_email_subscriber, customers.has_joined_newsletter)
            as is_email_subscriber,
        customers.session_count_last_30_days,
        coalesce(activity.order_count_last_90_days, 0) as order_count,
        coalesce(activity.email_open_count_last_90_days, 0) as open_count,
        coalesce(activity.email_click_count_last_90_days, 0) as click_count,
        coalesce({{ is_within_last('customers.last_signed_in_at', 30) }}, false)
            as has_signed_in
    from customers
    left join activity on customers.customer_id = activity.customer_id

),

-- visits give up to 40 points, orders 30, email 20, a login 10
scored as (

    select
        customer_id,
        least(5 * session_count_last_30_days, 40)
        + least(15 * order_count, 30)
        + least(2 * open_count + 4 * click_count, 20)
        + case when has_signed_in then 10 else 0 end as engagement_score,
        case
            when not is_email_subscriber then 'not subscribed'
            when click_count > 0 then 'clicks'
            when open_count > 0 then 'opens'
            else 'silent'
        end as email_engagement
    from counted

)

select * from scored

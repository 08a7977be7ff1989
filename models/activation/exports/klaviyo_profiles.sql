with customers as (

    select *
    from {{ ref('customers') }}
    where is_identified and email is not null
    qualify
        row_number() over (
            partition by email
            order by last_seen_at desc, customer_id asc
        ) = 1

),

scores as (

    select * from {{ ref('customer_churn_scores') }}

),

profiles as (

    select
        -- ids
        customers.customer_id,
        customers.user_id,

        -- strings
        customers.email,
        customers.first_name,
        customers.last_name,
        customers.city,
        customers.country_code,
        customers.customer_type,

        -- numbers
        customers.order_count_last_365_days,
        customers.order_amount_last_365_days,

        -- booleans
        customers.is_email_subscriber,
        customers.is_high_value,
        customers.has_active_subscription,
        coalesce(scores.likelihood_to_churn, false) as likelihood_to_churn,

        -- timestamps
        customers.last_ordered_at
    from customers
    left join scores on customers.customer_id = scores.customer_id

)

select * from profiles

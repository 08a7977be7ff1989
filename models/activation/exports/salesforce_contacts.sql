with customers as (

    select * from {{ ref('customers') }}
    where is_identified and email is not null

),

scores as (

    select * from {{ ref('customer_churn_scores') }}

),

contacts as (

    select
        -- ids
        customers.customer_id,

        -- strings
        customers.email,
        customers.first_name,
        coalesce(customers.last_name, '[not provided]') as last_name,
        customers.phone,
        customers.city,
        customers.country_code,
        customers.customer_type,
        scores.churn_band,

        -- numbers
        customers.order_count_last_365_days,
        customers.order_amount_last_365_days,

        -- booleans
        customers.is_high_value,
        customers.has_active_subscription,
        coalesce(scores.likelihood_to_churn, false) as likelihood_to_churn,

        -- dates
        customers.birth_date,

        -- timestamps
        customers.last_ordered_at,
        customers.last_signed_in_at
    from customers
    left join scores on customers.customer_id = scores.customer_id

)

select * from contacts

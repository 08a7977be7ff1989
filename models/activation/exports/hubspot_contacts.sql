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

customer_values as (

    select * from {{ ref('customer_values') }}

),

-- of orders in several currencies in the one that customers have their amounts in
worths as (

    select
        customer_id,
        case
            when min(currency_code) <> max(currency_code)
                then sum(reporting_value_amount)
            else sum(lifetime_value_amount)
        end as lifetime_value_amount
    from customer_values
    group by customer_id

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
        customers.last_name,
        customers.phone,
        customers.city,
        customers.country_code,
        customers.customer_type,
        customers.currency_code,
        scores.churn_band,

        -- numbers
        customers.order_count,
        cast(coalesce(worths.lifetime_value_amount, 0) as decimal(18, 2))
            as lifetime_value,

        -- booleans
        customers.is_high_value,
        customers.has_active_subscription,

        -- timestamps
        customers.first_ordered_at,
        customers.last_ordered_at
    from customers
    left join worths on customers.customer_id = worths.customer_id
    left join scores on customers.customer_id = scores.customer_id

)

select * from contacts

with scores as (

    select * from {{ ref('stg_predictions__churn') }}

),

customers as (

    select * from {{ ref('customers') }}

),

joined as (

    select
        -- ids
        customers.customer_id,

        -- strings
        customers.email,
        scores.churn_band,
        scores.model_version,

        -- numbers
        scores.churn_probability,

        -- booleans
        coalesce(scores.likelihood_to_churn, false) as likelihood_to_churn,

        -- timestamps
        scores.scored_at
    from scores
    inner join customers on scores.customer_id = customers.customer_id

)

select * from joined

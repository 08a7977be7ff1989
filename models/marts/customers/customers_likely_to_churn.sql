with scores as (

    select * from {{ ref('customer_churn_scores') }}

),

likely as (

    select
        -- ids
        customer_id,

        -- strings
        email,
        churn_band,
        model_version,

        -- numbers
        churn_probability,

        -- booleans
        likelihood_to_churn,

        -- timestamps
        scored_at
    from scores
    where likelihood_to_churn

)

select * from likely

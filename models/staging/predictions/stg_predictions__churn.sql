with churn as (

    select * from {{ source('predictions', 'churn') }}

),

renamed as (

    select
        -- ids
        customer_id,

        -- strings
        churn_band,
        model_version,

        -- numbers
        churn_probability,

        -- booleans
        likelihood_to_churn,

        -- timestamps
        {{ utc_timestamp('scored_at') }} as scored_at
    from churn

)

select * from renamed

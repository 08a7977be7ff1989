with churn_evaluations as (

    select * from {{ source('predictions', 'churn_evaluations') }}

),

renamed as (

    select
        -- ids
        model_version,

        -- strings
        model_name,

        -- numbers
        auc,
        row_count,
        churned_count,

        -- timestamps
        {{ utc_timestamp('trained_until') }} as trained_until,
        {{ utc_timestamp('evaluated_until') }} as evaluated_until,
        {{ utc_timestamp('evaluated_at') }} as evaluated_at
    from churn_evaluations

)

select * from renamed

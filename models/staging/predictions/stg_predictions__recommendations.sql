with recommendations as (

    select * from {{ source('predictions', 'recommendations') }}

),

renamed as (

    select
        -- ids
        customer_id,
        product_id,

        -- strings
        model_version,

        -- numbers
        rank as recommendation_rank,
        score as recommendation_score,

        -- timestamps
        {{ utc_timestamp('scored_at') }} as scored_at
    from recommendations

)

select * from renamed

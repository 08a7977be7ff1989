with recommendations as (

    select * from {{ ref('stg_predictions__recommendations') }}

),

products as (

    select * from {{ ref('products') }}

),

named as (

    select
        -- ids
        recommendations.customer_id,
        recommendations.product_id,

        -- strings
        products.product_name,
        products.category_name,
        recommendations.model_version,

        -- numbers
        recommendations.recommendation_rank,
        recommendations.recommendation_score,
        products.unit_amount,

        -- timestamps
        recommendations.scored_at
    from recommendations
    inner join products on recommendations.product_id = products.product_id

)

select * from named

with catalogue as (

    select *
    from {{ ref('stg_stripe__products') }}
    where product_id is not null
    qualify
        row_number() over (
            partition by product_id
            order by
                case when is_active then 0 else 1 end,
                created_at desc,
                stripe_product_id asc
        ) = 1

),

observed as (

    select * from {{ ref('int_products_observed') }}

),

combined as (

    select
        -- ids
        coalesce(catalogue.product_id, observed.product_id) as product_id,
        catalogue.stripe_product_id,

        -- strings
        coalesce(catalogue.sku, observed.sku) as sku,
        coalesce(catalogue.product_name, observed.product_name) as product_name,
        coalesce(catalogue.category_name, observed.category_name) as category_name,
        catalogue.currency_code,

        -- numbers
        cast(
            coalesce(catalogue.unit_amount, observed.unit_amount) as decimal(18, 4)
        ) as unit_amount,
        cast(catalogue.cost_amount as decimal(18, 4)) as cost_amount,

        -- booleans
        catalogue.product_id is not null as is_in_catalogue,
        coalesce(catalogue.is_active, true) as is_active,

        -- timestamps
        coalesce(catalogue.created_at, observed.first_seen_at) as created_at,
        observed.last_seen_at
    from catalogue
    full join observed on catalogue.product_id = observed.product_id

)

select * from combined

{# The shop numbers products its own way: the sku leads to the name of elsewhere. #}
with lines as (

    select * from {{ ref('stg_shopify__order_lines') }}

),

variants as (

    select * from {{ ref('stg_shopify__products') }}

),

mentions as (

    select
        sku,
        product_id,
        1 as mention_rank,
        created_at as mentioned_at
    from {{ ref('stg_stripe__products') }}
    union all
    select
        sku,
        product_id,
        2 as mention_rank,
        occurred_at as mentioned_at
    from {{ ref('int_order_lines_extracted') }}
    union all
    select
        sku,
        product_id,
        2 as mention_rank,
        viewed_at as mentioned_at
    from {{ ref('int_product_views_extracted') }}

),

articles as (

    select
        sku,
        product_id
    from mentions
    where sku is not null and product_id is not null
    qualify
        row_number() over (
            partition by sku
            order by mention_rank asc, mentioned_at desc, product_id asc
        ) = 1

),

named as (

    select
        -- ids
        lines.order_line_id,
        lines.shopify_order_id,
        coalesce(articles.product_id, lines.shopify_product_id, lines.sku)
            as product_id,

        -- strings
        lines.sku,
        lines.product_name,
        variants.category_name,

        -- numbers
        lines.line_number,
        lines.quantity,
        cast(lines.unit_amount as decimal(18, 4)) as unit_amount
    from lines
    left join articles on lines.sku = articles.sku
    left join variants on lines.variant_id = variants.variant_id

)

select * from named

with views as (

    select * from {{ ref('int_product_views_extracted') }}
    where product_id is not null

),

lines as (

    select * from {{ ref('int_order_lines_combined') }}
    where product_id is not null

),

mentions as (

    select
        product_id,
        sku,
        product_name,
        category_name,
        unit_amount,
        viewed_at as seen_at
    from views
    union all
    select
        product_id,
        sku,
        product_name,
        category_name,
        unit_amount,
        occurred_at as seen_at
    from lines

),

described as (

    select
        *,
        min(seen_at) over (partition by product_id) as first_seen_at,
        max(seen_at) over (partition by product_id) as last_seen_at
    from mentions

),

newest as (

    select *
    from described
    qualify
        row_number() over (
            partition by product_id
            order by
                case when product_name is null then 1 else 0 end,
                case when unit_amount > 0 then 0 else 1 end,
                seen_at desc,
                product_name asc,
                unit_amount asc
        ) = 1

)

select
    product_id,
    sku,
    product_name,
    category_name,
    unit_amount,
    first_seen_at,
    last_seen_at
from newest

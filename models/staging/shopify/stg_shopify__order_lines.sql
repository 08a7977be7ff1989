with orders as (

    select
        id as shopify_order_id,
        line_items
    from {{ source('shopify', 'orders') }}
    where _deleted_at is null and not coalesce(test, false)

),

items as (

    {{ json_records('orders', ['shopify_order_id'], 'line_items', '', [
        'id', 'product_id', 'variant_id', 'sku', 'title', 'quantity', 'price',
        'discount_allocations',
    ]) }}

),

allocations as (

    {{ json_records('items', ['id'], 'discount_allocations', '', ['amount']) }}

),

discounts as (

    select
        id,
        sum(cast(amount as decimal(18, 2))) as discount_amount
    from allocations
    group by id

),

renamed as (

    select
        -- ids
        items.id as order_line_id,
        cast(items.shopify_order_id as {{ dbt.type_string() }}) as shopify_order_id,
        items.product_id as shopify_product_id,
        items.variant_id,

        -- strings
        items.sku,
        items.title as product_name,

        -- numbers
        cast(items.position as integer) as line_number,
        cast(items.quantity as bigint) as quantity,
        cast(items.price as decimal(18, 2)) as unit_amount,
        cast(
            cast(items.price as decimal(18, 2)) * cast(items.quantity as bigint)
            as decimal(18, 2)
        ) as line_amount,
        cast(coalesce(discounts.discount_amount, 0) as decimal(18, 2))
            as discount_amount

    from items
    left join discounts on items.id = discounts.id

)

select * from renamed

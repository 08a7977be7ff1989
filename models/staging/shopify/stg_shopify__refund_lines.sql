with orders as (

    select
        id as shopify_order_id,
        refunds
    from {{ source('shopify', 'orders') }}
    where _deleted_at is null and not coalesce(test, false)

),

given_back as (

    {{ json_records('orders', ['shopify_order_id'], 'refunds', '', [
        'id', 'refund_line_items',
    ]) }}

),

items as (

    {{ json_records('given_back', ['id'], 'refund_line_items', '', [
        'line_item_id', 'quantity',
    ]) }}

),

renamed as (

    select
        -- ids
        id as shop_refund_id,
        line_item_id as order_line_id,

        -- numbers
        cast(position as integer) as line_number,
        cast(quantity as bigint) as quantity

    from items

)

select * from renamed

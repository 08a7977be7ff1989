with orders as (

    select * from {{ ref('int_orders_combined') }}

),

lines as (

    select * from {{ ref('int_order_lines_combined') }}

),

order_items as (

    select
        -- ids
        {{ dbt.concat([
            'orders.order_id',
            "'-'",
            'cast(lines.line_number as ' ~ dbt.type_string() ~ ')',
        ]) }} as order_item_id,
        orders.order_id,
        orders.customer_id,
        lines.product_id,

        -- strings
        lines.product_name,
        lines.category_name,

        -- numbers
        lines.line_number,
        lines.quantity,
        lines.unit_amount,
        lines.line_amount,

        -- booleans
        orders.cancelled_at is not null as is_cancelled,

        -- timestamps
        orders.ordered_at
    from orders
    inner join lines on orders.lines_id = lines.lines_id

)

select * from order_items

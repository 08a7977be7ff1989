{# lines_id leads from an order, or from a refund, to its lines. #}
with told as (

    select * from {{ ref('int_order_lines_extracted') }}

),

shop_lines as (

    select * from {{ ref('int_shop_order_lines_named') }}

),

untold_orders as (

    select * from {{ ref('int_shop_orders_untold') }}

),

returned_lines as (

    select * from {{ ref('stg_shopify__refund_lines') }}

),

untold_refunds as (

    select * from {{ ref('int_shop_refunds_untold') }}

),

combined as (

    select
        event_id as lines_id,
        line_number,
        product_id,
        sku,
        product_name,
        category_name,
        quantity,
        unit_amount,
        occurred_at
    from told
    union all
    select
        untold_orders.lines_id,
        shop_lines.line_number,
        shop_lines.product_id,
        shop_lines.sku,
        shop_lines.product_name,
        shop_lines.category_name,
        shop_lines.quantity,
        shop_lines.unit_amount,
        untold_orders.ordered_at as occurred_at
    from untold_orders
    inner join shop_lines
        on untold_orders.shopify_order_id = shop_lines.shopify_order_id
    union all
    select
        untold_refunds.lines_id,
        returned_lines.line_number,
        shop_lines.product_id,
        shop_lines.sku,
        shop_lines.product_name,
        shop_lines.category_name,
        returned_lines.quantity,
        shop_lines.unit_amount,
        untold_refunds.refunded_at as occurred_at
    from untold_refunds
    inner join returned_lines
        on untold_refunds.refund_id = returned_lines.shop_refund_id
    inner join shop_lines
        on returned_lines.order_line_id = shop_lines.order_line_id

),

priced as (

    select
        *,
        cast(quantity * unit_amount as decimal(18, 4)) as line_amount
    from combined

)

select * from priced

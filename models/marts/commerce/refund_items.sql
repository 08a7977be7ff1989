with refunds as (

    select * from {{ ref('int_refunds_combined') }}

),

resolved_refunds as (

    select
        refund_id,
        customer_id
    from {{ ref('refunds') }}

),

lines as (

    select * from {{ ref('int_order_lines_combined') }}

),

refund_items as (

    select
        -- ids
        {{ dbt.concat([
            'refunds.refund_id',
            "'-'",
            'cast(lines.line_number as ' ~ dbt.type_string() ~ ')',
        ]) }} as refund_item_id,
        refunds.refund_id,
        refunds.order_id,
        resolved_refunds.customer_id,
        lines.product_id,

        -- strings
        lines.product_name,
        lines.category_name,

        -- numbers
        lines.line_number,
        lines.quantity,
        lines.unit_amount,
        lines.line_amount,

        -- timestamps
        refunds.refunded_at
    from refunds
    inner join resolved_refunds on refunds.refund_id = resolved_refunds.refund_id
    inner join lines on refunds.lines_id = lines.lines_id

)

select * from refund_items

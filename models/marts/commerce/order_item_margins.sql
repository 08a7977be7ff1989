with items as (

    select * from {{ ref('int_order_items_costed') }}
    where not is_cancelled

),

margins as (

    select
        -- ids
        order_item_id,
        order_id,
        customer_id,
        product_id,

        -- strings
        category_name,
        currency_code,

        -- numbers
        quantity,
        line_amount,
        discount_amount,
        cast(line_amount - discount_amount as decimal(18, 4)) as sold_amount,
        cast(cost_amount as decimal(18, 4)) as cost_amount,
        cast(line_amount - discount_amount - cost_amount as decimal(18, 4))
            as margin_amount,

        -- booleans
        has_known_cost,

        -- timestamps
        ordered_at
    from items

)

select * from margins

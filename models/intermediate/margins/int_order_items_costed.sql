with items as (

    select * from {{ ref('order_items') }}

),

orders as (

    select * from {{ ref('int_orders_combined') }}

),

products as (

    select * from {{ ref('products') }}

),

weighed as (

    select
        items.*,
        orders.currency_code,
        cast(orders.discount_amount * 100 as bigint) as discount_cents,
        cast(items.line_amount * 10000 as bigint) as line_weight,
        nullif(
            sum(cast(items.line_amount * 10000 as bigint)) over (
                partition by items.order_id
            ), 0
        ) as order_weight,
        case
            when coalesce(products.currency_code, orders.currency_code)
                = orders.currency_code
                then products.cost_amount * items.quantity
        end as cost_amount
    from items
    inner join orders on items.order_id = orders.order_id
    left join products on items.product_id = products.product_id

),

shared as (

    select
        *,
        coalesce(
            {{ whole_share('discount_cents', 'line_weight', 'order_weight') }}, 0
        ) as cents_down,
        coalesce(
            {{ share_remainder('discount_cents', 'line_weight', 'order_weight') }}, 0
        ) as cents_rest
    from weighed

),

-- what rounding down has left over goes, a cent each, to the lines that lost most by it
ordered as (

    select
        *,
        discount_cents - sum(cents_down) over (partition by order_id) as cents_left,
        row_number() over (
            partition by order_id
            order by cents_rest desc, line_number asc
        ) as cents_rank
    from shared

),

costed as (

    select
        order_item_id,
        order_id,
        customer_id,
        product_id,
        category_name,
        currency_code,
        quantity,
        line_amount,
        cast(
            (
                cents_down
                + case
                    when order_weight > 0 and cents_rank <= cents_left then 1 else 0
                end
            ) / 100.0 as decimal(18, 2)
        ) as discount_amount,
        cost_amount,
        cost_amount is not null as has_known_cost,
        is_cancelled,
        ordered_at
    from ordered

)

select * from costed

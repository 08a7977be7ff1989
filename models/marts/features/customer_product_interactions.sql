with orders as (

    select order_id
    from {{ ref('orders') }}
    where order_channel <> 'subscription' and cancelled_at is null

),

order_items as (

    select * from {{ ref('order_items') }}

),

purchases as (

    select
        order_items.customer_id,
        order_items.product_id,
        count(distinct order_items.order_id) as purchase_count,
        0 as view_count,
        max(order_items.ordered_at) as last_interacted_at
    from order_items
    inner join orders on order_items.order_id = orders.order_id
    group by order_items.customer_id, order_items.product_id

),

views as (

    select
        customer_id,
        product_id,
        0 as purchase_count,
        count(*) as view_count,
        max(viewed_at) as last_interacted_at
    from {{ ref('int_product_views_extracted') }}
    group by customer_id, product_id

),

combined as (

    select * from purchases
    union all
    select * from views

),

interactions as (

    select
        -- ids
        customer_id,
        product_id,

        -- numbers
        cast(sum(purchase_count) as bigint) as purchase_count,
        cast(sum(view_count) as bigint) as view_count,

        -- timestamps
        max(last_interacted_at) as last_interacted_at
    from combined
    where customer_id is not null and product_id is not null
    group by customer_id, product_id

)

select * from interactions

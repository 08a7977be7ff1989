{# Test orders are no sales; who numbers orders elsewhere says so in an attribute. #}
with orders as (

    select * from {{ source('shopify', 'orders') }}
    where _deleted_at is null and not coalesce(test, false)

),

attributes as (

    {{ json_records('orders', ['id'], 'note_attributes', '', ['name', 'value']) }}

),

own_numbers as (

    select
        id,
        max(value) as own_order_id
    from attributes
    where name = 'order_id'
    group by id

),

renamed as (

    select
        -- ids
        cast(orders.id as {{ dbt.type_string() }}) as shopify_order_id,
        coalesce(
            own_numbers.own_order_id, cast(orders.id as {{ dbt.type_string() }})
        ) as order_id,
        {{ json_text('orders.customer', 'id') }} as shop_customer_id,

        -- strings
        orders.name as order_name,
        {{ normalised_email('orders.email') }} as email,
        orders.source_name as order_channel,
        orders.financial_status as payment_status,
        upper(orders.currency) as currency_code,

        -- numbers
        cast(coalesce(orders.total_line_items_price, 0) as decimal(18, 2))
            as subtotal_amount,
        cast(coalesce(orders.total_discounts, 0) as decimal(18, 2)) as discount_amount,
        cast(coalesce(orders.total_tax, 0) as decimal(18, 2)) as tax_amount,
        coalesce(
            {{ json_number('orders.total_shipping_price_set', 'shop_money.amount') }}, 0
        ) as shipping_amount,
        cast(coalesce(orders.total_price, 0) as decimal(18, 2)) as order_amount,

        -- booleans
        orders.cancelled_at is not null as is_cancelled,

        -- timestamps
        {{ utc_timestamp('coalesce(orders.processed_at, orders.created_at)') }}
            as ordered_at,
        {{ utc_timestamp('orders.created_at') }} as created_at,
        {{ utc_timestamp('orders.updated_at') }} as updated_at,
        {{ utc_timestamp('orders.cancelled_at') }} as cancelled_at

    from orders
    left join own_numbers on orders.id = own_numbers.id

)

select * from renamed

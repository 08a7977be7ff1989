{# An order lists its discounts; each line says how much which of them took off it. #}
with orders as (

    select
        id as shopify_order_id,
        line_items,
        shipping_lines,
        discount_applications
    from {{ source('shopify', 'orders') }}
    where _deleted_at is null and not coalesce(test, false)

),

applications as (

    {{ json_records('orders', ['shopify_order_id'], 'discount_applications', '', [
        'type', 'code', 'title', 'target_type', 'value_type', 'value',
    ]) }}

),

lines as (

    {% for place in ['line_items', 'shipping_lines'] %}
        {{ json_records(
            'orders', ['shopify_order_id'], place, '', ['discount_allocations']
        ) }}
        {% if not loop.last %} union all {% endif %}
    {% endfor %}

),

allocations as (

    {{ json_records('lines', ['shopify_order_id'], 'discount_allocations', '', [
        'amount', 'discount_application_index',
    ]) }}

),

amounts as (

    select
        shopify_order_id,
        cast(discount_application_index as bigint) + 1 as discount_number,
        sum(cast(amount as decimal(18, 2))) as discount_amount
    from allocations
    group by
        shopify_order_id,
        cast(discount_application_index as bigint) + 1

),

renamed as (

    select
        -- ids
        {{ surrogate_key(['applications.shopify_order_id', 'applications.position']) }}
            as discount_id,
        cast(applications.shopify_order_id as {{ dbt.type_string() }})
            as shopify_order_id,

        -- strings
        applications.type as discount_type,
        upper(applications.code) as coupon_code,
        coalesce(applications.code, applications.title) as discount_name,
        applications.target_type,
        applications.value_type,

        -- numbers
        cast(applications.position as integer) as discount_number,
        cast(applications.value as decimal(18, 2)) as stated_value,
        cast(coalesce(amounts.discount_amount, 0) as decimal(18, 2)) as discount_amount

    from applications
    left join amounts
        on
            applications.shopify_order_id = amounts.shopify_order_id
            and applications.position = amounts.discount_number

)

select * from renamed

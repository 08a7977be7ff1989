with events as (

    select
        event_id,
        event_name,
        properties_json,
        occurred_at
    from {{ ref('int_events_deduplicated') }}
    where event_name in ('order_completed', 'order_updated', 'order_refunded')

),

lines as (

    {{ json_records(
        'events', ['event_id', 'event_name', 'occurred_at'], 'properties_json', 'products',
        ['product_id', 'sku', 'name', 'category', 'quantity', 'price']
    ) }}

),

opened as (

    select
        event_id,
        event_name,
        occurred_at,
        cast(position as integer) as line_number,
        product_id,
        sku,
        name as product_name,
        category as category_name,
        coalesce(try_cast(quantity as bigint), 1) as quantity,
        coalesce(try_cast(price as decimal(18, 4)), 0) as unit_amount
    from lines

),

priced as (

    select
        *,
        cast(quantity * unit_amount as decimal(18, 4)) as line_amount
    from opened

)

select * from priced

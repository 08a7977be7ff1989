with events as (

    select
        event_id,
        event_name,
        properties_json,
        occurred_at
    from {{ ref('int_events_deduplicated') }}
    where event_name in ('order_completed', 'order_refunded')

),

elements as (

    select
        events.event_id,
        events.event_name,
        events.occurred_at,
        cast(lines.position as integer) as line_number,
        lines.element as line_json
    from events
    {{ json_elements('events.properties_json', 'products', 'lines') }}

),

opened as (

    select
        event_id,
        event_name,
        occurred_at,
        line_number,
        {{ json_text('line_json', 'product_id') }} as product_id,
        {{ json_text('line_json', 'sku') }} as sku,
        {{ json_text('line_json', 'name') }} as product_name,
        {{ json_text('line_json', 'category') }} as category_name,
        coalesce({{ json_number('line_json', 'quantity', 'bigint') }}, 1) as quantity,
        coalesce({{ json_number('line_json', 'price', 'decimal(18, 4)') }}, 0)
            as unit_amount
    from elements

),

priced as (

    select
        *,
        cast(quantity * unit_amount as decimal(18, 4)) as line_amount
    from opened

)

select * from priced

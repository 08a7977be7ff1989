with events as (

    select * from {{ ref('int_events_resolved') }}
    where event_name = 'product_viewed'

),

extracted as (

    select
        -- ids
        event_id as product_view_id,
        customer_id,
        {{ json_text('properties_json', 'product_id') }} as product_id,

        -- strings
        {{ json_text('properties_json', 'sku') }} as sku,
        {{ json_text('properties_json', 'name') }} as product_name,
        {{ json_text('properties_json', 'category') }} as category_name,
        upper({{ json_text('properties_json', 'currency') }}) as currency_code,

        -- numbers
        {{ json_number('properties_json', 'price', 'decimal(18, 4)') }} as unit_amount,

        -- timestamps
        occurred_at as viewed_at
    from events

)

select * from extracted

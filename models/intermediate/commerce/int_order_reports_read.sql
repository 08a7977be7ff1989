{{ config(materialized='view') }}

with events as (

    select * from {{ ref('int_events_resolved') }}
    where event_name in ('order_completed', 'order_updated', 'order_cancelled')

),

read as (

    select
        -- ids
        event_id,
        coalesce({{ json_text('properties_json', 'order_id') }}, event_id) as order_id,
        customer_id,

        -- strings
        event_name,
        coalesce({{ json_text('properties_json', 'channel') }}, source_id)
            as order_channel,
        -- the standard spec, and so stock plugins, call it coupon
        upper(
            coalesce(
                {{ json_text('properties_json', 'coupon_code') }},
                {{ json_text('properties_json', 'coupon') }}
            )
        ) as coupon_code,
        upper({{ json_text('properties_json', 'currency') }}) as currency_code,

        -- numbers
        {{ json_number('properties_json', 'subtotal') }} as subtotal_amount,
        {{ json_number('properties_json', 'discount') }} as discount_amount,
        {{ json_number('properties_json', 'tax') }} as tax_amount,
        {{ json_number('properties_json', 'shipping') }} as shipping_amount,
        {{ json_number('properties_json', 'total') }} as order_amount,

        -- booleans
        {{ json_number('properties_json', 'total') }} is not null
        and {{ json_text('properties_json', 'products') }} is not null as is_whole,

        -- timestamps
        occurred_at,
        received_at
    from events

)

select * from read

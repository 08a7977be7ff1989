with events as (

    select
        *,
        coalesce({{ json_text('properties_json', 'order_id') }}, event_id) as order_id,
        coalesce({{ json_number('properties_json', 'total') }}, 0) as order_amount,
        coalesce({{ json_number('properties_json', 'discount') }}, 0)
            as discount_amount,
        coalesce({{ json_number('properties_json', 'tax') }}, 0) as tax_amount,
        coalesce({{ json_number('properties_json', 'shipping') }}, 0)
            as shipping_amount
    from {{ ref('int_events_resolved') }}
    where event_name = 'order_completed'

),

first_events as (

    select *
    from events
    qualify
        row_number() over (
            partition by order_id
            order by received_at, event_id
        ) = 1

),

extracted as (

    select
        -- ids
        order_id,
        event_id,
        customer_id,

        -- strings
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
        cast(
            coalesce(
                {{ json_number('properties_json', 'subtotal') }},
                order_amount + discount_amount - tax_amount - shipping_amount
            ) as decimal(18, 2)
        ) as subtotal_amount,
        discount_amount,
        tax_amount,
        shipping_amount,
        order_amount,

        -- timestamps
        occurred_at as ordered_at
    from first_events

)

select * from extracted

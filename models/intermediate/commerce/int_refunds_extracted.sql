with events as (

    select
        *,
        coalesce({{ json_text('properties_json', 'refund_id') }}, event_id) as refund_id
    from {{ ref('int_events_resolved') }}
    where event_name = 'order_refunded'

),

first_events as (

    select *
    from events
    qualify
        row_number() over (
            partition by refund_id
            order by received_at, event_id
        ) = 1

),

extracted as (

    select
        -- ids
        refund_id,
        event_id,
        {{ json_text('properties_json', 'order_id') }} as order_id,
        customer_id,

        -- strings
        upper({{ json_text('properties_json', 'currency') }}) as currency_code,

        -- numbers
        coalesce({{ json_number('properties_json', 'total') }}, 0) as refund_amount,

        -- timestamps
        occurred_at as refunded_at
    from first_events

)

select * from extracted

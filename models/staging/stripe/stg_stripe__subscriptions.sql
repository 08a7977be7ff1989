{# A price may be charged for several pieces and by another span than a month. #}
with subscriptions as (

    select
        *,
        {{ json_text('items', 'data[0].price.nickname') }} as plan_name,
        {{ json_text('items', 'data[0].price.currency') }} as currency,
        {{ json_number('items', 'data[0].price.unit_amount', 'bigint') }}
        * coalesce({{ json_number('items', 'data[0].quantity', 'bigint') }}, 1)
            as price_cents,
        {{ json_text('items', 'data[0].price.recurring.interval') }} as span_name,
        {{ json_number('items', 'data[0].price.recurring.interval_count', 'bigint') }}
            as span_count
    from {{ source('stripe', 'subscriptions') }}

),

priced as (

    select
        *,
        {{ amount_from_minor_units('price_cents', 'currency') }} as price_amount
    from subscriptions

),

renamed as (

    select
        -- ids
        id as subscription_id,
        customer as payments_customer_id,
        {{ json_text('items', 'data[0].price.id') }} as price_id,

        -- strings
        status as subscription_status,
        plan_name,
        upper(currency) as currency_code,

        -- numbers
        {{ amount_by_month('price_amount', 'span_name', 'span_count') }}
            as monthly_amount,

        -- booleans
        status = 'paused' or {{ json_text('pause_collection', 'behavior') }} is not null
            as is_paused,

        -- timestamps
        {{ utc_timestamp('start_date') }} as started_at,
        {{ utc_timestamp('trial_end') }} as trial_ended_at,
        {{ utc_timestamp('canceled_at') }} as cancelled_at,
        {{ utc_timestamp('ended_at') }} as ended_at,
        {{ utc_timestamp('created') }} as created_at

    from priced

)

select * from renamed

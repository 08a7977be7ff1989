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
        coalesce(
            {{ json_number(
                'items', 'data[0].price.recurring.interval_count', 'bigint'
            ) }},
            1
        ) as span_count
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

        -- strings
        status as subscription_status,
        plan_name,
        upper(currency) as currency_code,

        -- numbers
        cast(
            case span_name
                when 'year' then price_amount / 12
                when 'week' then price_amount * 52 / 12
                when 'day' then price_amount * 365 / 12
                else price_amount
            end / span_count as decimal(18, 2)
        ) as monthly_amount,

        -- timestamps
        {{ utc_timestamp('start_date') }} as started_at,
        {{ utc_timestamp('canceled_at') }} as cancelled_at,
        {{ utc_timestamp('ended_at') }} as ended_at,
        {{ utc_timestamp('created') }} as created_at

    from priced

)

select * from renamed

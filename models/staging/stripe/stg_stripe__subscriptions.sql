{# What all items of a subscription cost together; the first one names the plan. A price
   may be charged for several pieces and by another span than a month. #}
with subscriptions as (

    select * from {{ source('stripe', 'subscriptions') }}

),

opened as (

    {{ json_records('subscriptions', ['id'], 'items', 'data', ['price', 'quantity']) }}

),

items as (

    select
        id,
        position,
        {{ json_text('price', 'id') }} as price_id,
        {{ json_text('price', 'nickname') }} as plan_name,
        {{ json_text('price', 'currency') }} as currency,
        {{ json_text('price', 'recurring.interval') }} as span_name,
        {{ json_number('price', 'recurring.interval_count', 'bigint') }} as span_count,
        {{ json_number('price', 'unit_amount', 'bigint') }}
        * coalesce(try_cast(quantity as bigint), 1) as price_cents
    from opened

),

priced as (

    select
        *,
        {{ amount_from_minor_units('price_cents', 'currency') }} as price_amount
    from items

),

summed as (

    select
        id,
        -- as invoices with several items are named
        max(price_id) as price_id,
        min(case when position = 1 then plan_name end) as plan_name,
        min(case when position = 1 then currency end) as currency,
        sum({{ amount_by_month('price_amount', 'span_name', 'span_count') }})
            as monthly_amount
    from priced
    group by id

),

renamed as (

    select
        -- ids
        subscriptions.id as subscription_id,
        subscriptions.customer as payments_customer_id,
        summed.price_id,

        -- strings
        subscriptions.status as subscription_status,
        summed.plan_name,
        upper(summed.currency) as currency_code,

        -- numbers
        cast(summed.monthly_amount as decimal(18, 2)) as monthly_amount,

        -- booleans
        subscriptions.status = 'paused'
        or {{ json_text('subscriptions.pause_collection', 'behavior') }} is not null
            as is_paused,

        -- timestamps
        {{ utc_timestamp('subscriptions.start_date') }} as started_at,
        {{ utc_timestamp('subscriptions.trial_end') }} as trial_ended_at,
        {{ utc_timestamp('subscriptions.canceled_at') }} as cancelled_at,
        {{ utc_timestamp('subscriptions.ended_at') }} as ended_at,
        {{ utc_timestamp('subscriptions.created') }} as created_at

    from subscriptions
    left join summed on subscriptions.id = summed.id

)

select * from renamed

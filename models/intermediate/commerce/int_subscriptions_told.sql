{{ config(materialized='view') }}

{# Subscriptions that only events tell of. The last word counts: who comes back has not
   left. #}
with started_events as (

    select
        *,
        {{ json_text('properties_json', 'subscription_id') }} as subscription_id
    from {{ ref('int_events_resolved') }}
    where event_name = 'subscription_started'

),

first_started as (

    select *
    from started_events
    qualify
        row_number() over (
            partition by subscription_id
            order by occurred_at, event_id
        ) = 1

),

prices as (

    select * from {{ ref('int_subscription_prices_told') }}

),

last_prices as (

    select *
    from prices
    where span_status is null
    qualify
        row_number() over (
            partition by subscription_id
            order by valid_from desc, monthly_amount desc
        ) = 1

),

ends as (

    select
        subscription_id,
        max(valid_from) as ended_at
    from prices
    where span_status = 'canceled'
    group by subscription_id

),

told as (

    select
        first_started.subscription_id,
        first_started.customer_id,
        last_prices.price_name as plan_name,
        last_prices.currency_code,
        last_prices.monthly_amount,
        first_started.occurred_at as started_at,
        case when ends.ended_at >= last_prices.valid_from then ends.ended_at end
            as ended_at
    from first_started
    inner join last_prices
        on first_started.subscription_id = last_prices.subscription_id
    left join ends on first_started.subscription_id = ends.subscription_id

)

select * from told

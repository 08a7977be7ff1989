{{ config(materialized='view') }}

{# What events say of subscriptions that the payments tool does not have: each start has
   a price, and between an end and the next start there is none. #}
with events as (

    select
        *,
        {{ json_text('properties_json', 'subscription_id') }} as subscription_id
    from {{ ref('int_events_deduplicated') }}
    where event_name in ('subscription_started', 'subscription_cancelled')

),

payments as (

    select subscription_id from {{ ref('stg_stripe__subscriptions') }}

),

told as (

    select
        events.subscription_id,
        events.occurred_at as valid_from,
        cast(null as {{ dbt.type_string() }}) as price_id,
        {{ json_text('events.properties_json', 'plan_name') }} as price_name,
        upper({{ json_text('events.properties_json', 'currency') }}) as currency_code,
        case when events.event_name = 'subscription_cancelled' then 'canceled' end
            as span_status,
        cast(
            case when events.event_name = 'subscription_started'
                    then {{ json_number('events.properties_json', 'monthly_amount') }}
                else 0
            end as decimal(18, 2)
        ) as monthly_amount
    from events
    left join payments on events.subscription_id = payments.subscription_id
    where events.subscription_id is not null and payments.subscription_id is null
    -- what ends before it began says nothing, and what is told twice counts once
    qualify
        min(
            case when events.event_name = 'subscription_started'
                    then events.occurred_at
            end
        ) over (partition by events.subscription_id) <= events.occurred_at
        and row_number() over (
            partition by events.subscription_id, events.occurred_at
            order by events.event_name, events.event_id
        ) = 1

)

select * from told

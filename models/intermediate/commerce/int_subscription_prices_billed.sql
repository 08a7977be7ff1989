{# What each subscription cost a month, from when. An invoice bills spans at a price;
   where none bills the time after one, collection was paused. What it costs now counts
   from the end of the last span that was billed, and not before its trial is over. #}
with spans as (

    select
        *,
        max(period_ended_at) over (
            partition by subscription_id
            order by valid_from, period_ended_at
            rows between unbounded preceding and 1 preceding
        ) as billed_before
    from {{ ref('int_subscription_spans_billed') }}

),

levels as (

    select * from {{ ref('int_subscription_levels_billed') }}

),

subscriptions as (

    select * from {{ ref('stg_stripe__subscriptions') }}

),

last_billed as (

    select
        subscription_id,
        max(period_ended_at) as billed_until
    from spans
    group by subscription_id

),

current_prices as (

    select
        subscriptions.*,
        last_billed.billed_until,
        greatest(
            coalesce(last_billed.billed_until, subscriptions.started_at),
            coalesce(subscriptions.trial_ended_at, subscriptions.started_at)
        ) as valid_from
    from subscriptions
    left join last_billed
        on subscriptions.subscription_id = last_billed.subscription_id

),

{% set nothing %}
        subscription_id,
        cast(null as {{ dbt.type_string() }}) as price_id,
        cast(null as {{ dbt.type_string() }}) as price_name,
        currency_code,
        0 as monthly_amount
{%- endset %}

combined as (

    select * from levels
    union all
    select {{ nothing }}, 'paused' as span_status, billed_before as valid_from
    from spans
    where valid_from > {{ dbt.dateadd('day', 1, 'billed_before') }}
    union all
    select {{ nothing }}, 'trialing' as span_status, started_at as valid_from
    from current_prices
    where trial_ended_at > started_at and billed_until is null
    union all
    select
        subscription_id,
        price_id,
        plan_name as price_name,
        currency_code,
        case when is_paused then 0 else monthly_amount end as monthly_amount,
        case when is_paused then 'paused' end as span_status,
        valid_from
    from current_prices

)

select
    subscription_id,
    valid_from,
    max(price_id) as price_id,
    max(price_name) as price_name,
    max(currency_code) as currency_code,
    case when coalesce(sum(monthly_amount), 0) = 0 then max(span_status) end
        as span_status,
    cast(coalesce(sum(monthly_amount), 0) as decimal(18, 2)) as monthly_amount
from combined
where valid_from is not null
group by subscription_id, valid_from

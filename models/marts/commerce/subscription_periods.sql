{# A subscription begins where it started, not with its first invoice, which may follow
   a trial or a second later; its last interval ends with it. #}
with subscriptions as (

    select * from {{ ref('subscriptions') }}

),

prices as (

    select * from {{ ref('int_subscription_prices_billed') }}
    union all
    select * from {{ ref('int_subscription_prices_told') }}

),

placed as (

    select
        subscriptions.subscription_id,
        subscriptions.customer_id,
        subscriptions.started_at,
        prices.price_id,
        prices.span_status,
        coalesce(prices.price_name, subscriptions.plan_name) as plan_name,
        subscriptions.subscription_status,
        coalesce(prices.currency_code, subscriptions.currency_code) as currency_code,
        coalesce(prices.monthly_amount, subscriptions.monthly_amount) as monthly_amount,
        subscriptions.ended_at as stopped_at,
        row_number() over (
            partition by subscriptions.subscription_id
            order by prices.valid_from
        ) as place,
        prices.valid_from as billed_from
    from subscriptions
    left join prices on subscriptions.subscription_id = prices.subscription_id

),

begun as (

    select
        *,
        case when place = 1 then started_at else billed_from end as valid_from
    from placed

),

changes as (

    select
        *,
        lag(monthly_amount) over (
            partition by subscription_id order by place
        ) as amount_before,
        lag(price_id) over (partition by subscription_id order by place) as price_before
    from begun
    where
        place = 1
        or (valid_from > started_at and (stopped_at is null or valid_from < stopped_at))

),

kept as (

    select
        *,
        lead(valid_from) over (
            partition by subscription_id order by place
        ) as next_from
    from changes
    where
        place = 1
        or monthly_amount <> amount_before
        or coalesce(price_id, '') <> coalesce(price_before, '')

)

select
    {{ surrogate_key(['subscription_id', 'valid_from']) }} as subscription_period_id,
    subscription_id,
    customer_id,
    price_id,
    plan_name,
    case
        when next_from is null and stopped_at is not null then subscription_status
        when span_status is not null then span_status
        when next_from is null and subscription_status <> 'trialing'
            then subscription_status
        else 'active'
    end as subscription_status,
    currency_code,
    cast(monthly_amount as decimal(18, 2)) as monthly_amount,
    valid_from <= {{ as_of() }}
    and coalesce(next_from, stopped_at, cast('9999-12-31' as timestamp)) > {{ as_of() }}
        as is_current,
    valid_from,
    coalesce(next_from, stopped_at) as valid_to
from kept

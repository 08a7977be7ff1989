{# A subscription begins where it started, not with its first invoice, which may follow
   a trial or a second later; its last interval ends with it. #}
with subscriptions as (

    select * from {{ ref('subscriptions') }}

),

payments as (

    select * from {{ ref('stg_stripe__subscriptions') }}

),

prices as (

    select * from {{ ref('int_subscription_prices_billed') }}

),

placed as (

    select
        subscriptions.subscription_id,
        subscriptions.customer_id,
        subscriptions.started_at,
        prices.price_id,
        coalesce(prices.price_name, subscriptions.plan_name) as plan_name,
        coalesce(
            payments.subscription_status,
            case when subscriptions.is_active then 'active' else 'canceled' end
        ) as subscription_status,
        coalesce(prices.currency_code, subscriptions.currency_code) as currency_code,
        coalesce(prices.monthly_amount, subscriptions.monthly_amount) as monthly_amount,
        coalesce(payments.ended_at, subscriptions.cancelled_at) as stopped_at,
        row_number() over (
            partition by subscriptions.subscription_id
            order by prices.valid_from
        ) as place,
        prices.valid_from as billed_from
    from subscriptions
    left join payments on subscriptions.subscription_id = payments.subscription_id
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
    case when next_from is null then subscription_status else 'active' end
        as subscription_status,
    currency_code,
    cast(monthly_amount as decimal(18, 2)) as monthly_amount,
    next_from is null and stopped_at is null as is_current,
    valid_from,
    coalesce(next_from, stopped_at) as valid_to
from kept

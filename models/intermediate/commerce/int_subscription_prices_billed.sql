{# What each subscription cost a month, from when. An invoice bills spans at a price;
   what it costs now counts from the end of the last span that was billed. #}
with invoices as (

    select * from {{ ref('stg_stripe__invoices') }}
    where subscription_id is not null and invoice_status not in ('draft', 'void')

),

lines as (

    select * from {{ ref('stg_stripe__invoice_lines') }}
    -- a credit for days that were paid before is no price
    where line_amount >= 0 and period_ended_at > period_started_at

),

prices as (

    select * from {{ ref('stg_stripe__prices') }}
    where is_recurring

),

subscriptions as (

    select * from {{ ref('stg_stripe__subscriptions') }}

),

billed as (

    select
        invoices.subscription_id,
        lines.price_id,
        prices.price_name,
        lines.currency_code,
        cast(lines.quantity * prices.monthly_amount as decimal(18, 2))
            as monthly_amount,
        lines.period_started_at as valid_from,
        lines.period_ended_at
    from invoices
    inner join lines on invoices.invoice_id = lines.invoice_id
    inner join prices on lines.price_id = prices.price_id

),

last_billed as (

    select
        subscription_id,
        max(period_ended_at) as billed_until
    from billed
    group by subscription_id

),

current_prices as (

    select
        subscriptions.subscription_id,
        subscriptions.price_id,
        subscriptions.plan_name as price_name,
        subscriptions.currency_code,
        subscriptions.monthly_amount,
        coalesce(last_billed.billed_until, subscriptions.started_at) as valid_from
    from subscriptions
    left join last_billed
        on subscriptions.subscription_id = last_billed.subscription_id

),

combined as (

    select
        subscription_id,
        price_id,
        price_name,
        currency_code,
        monthly_amount,
        valid_from
    from billed
    union all
    select * from current_prices

)

select
    subscription_id,
    valid_from,
    max(price_id) as price_id,
    max(price_name) as price_name,
    max(currency_code) as currency_code,
    cast(coalesce(sum(monthly_amount), 0) as decimal(18, 2)) as monthly_amount
from combined
where valid_from is not null
group by subscription_id, valid_from

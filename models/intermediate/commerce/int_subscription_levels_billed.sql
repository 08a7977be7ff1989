{# An invoice for a whole span says what all items cost from then on. Where an item is
   changed in the midst of it, only that item is billed: the others go on. #}
with spans as (

    select
        *,
        max(case when not is_proration then valid_from end) over (
            partition by subscription_id
            order by valid_from
        ) as whole_from
    from {{ ref('int_subscription_spans_billed') }}

),

changes as (

    select distinct
        subscription_id,
        valid_from,
        coalesce(whole_from, valid_from) as whole_from
    from spans

),

levels_of_prices as (

    select
        changes.subscription_id,
        changes.valid_from,
        spans.price_id,
        spans.currency_code,
        max(spans.price_name) as price_name,
        max(spans.span_status) as span_status,
        sum(spans.monthly_amount) as monthly_amount
    from changes
    inner join spans
        on
            changes.subscription_id = spans.subscription_id
            and changes.whole_from <= spans.valid_from
            and changes.valid_from >= spans.valid_from
            and changes.valid_from < spans.period_ended_at
    group by
        changes.subscription_id,
        changes.valid_from,
        spans.price_id,
        spans.currency_code

),

-- a price that is given back in full is none of those that are paid
levels as (

    select
        subscription_id,
        coalesce(
            max(case when monthly_amount > 0 then price_id end), max(price_id)
        ) as price_id,
        coalesce(
            max(case when monthly_amount > 0 then price_name end), max(price_name)
        ) as price_name,
        max(currency_code) as currency_code,
        cast(greatest(sum(monthly_amount), 0) as decimal(18, 2)) as monthly_amount,
        max(span_status) as span_status,
        valid_from
    from levels_of_prices
    group by subscription_id, valid_from

)

select * from levels

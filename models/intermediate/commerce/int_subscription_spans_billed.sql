{{ config(materialized='view') }}

{# What invoices bill, as spans at a monthly price. A span of a price that costs nothing
   is a trial; a credit for days that were paid before is no price, unless an item was
   changed or taken out in the midst of a span: then it is what is no longer paid. #}
with invoices as (

    select * from {{ ref('stg_stripe__invoices') }}
    where subscription_id is not null and invoice_status not in ('draft', 'void')

),

lines as (

    select * from {{ ref('stg_stripe__invoice_lines') }}
    where
        period_ended_at > period_started_at
        and (line_amount >= 0 or is_proration)

),

prices as (

    select * from {{ ref('stg_stripe__prices') }}
    where is_recurring

),

spans as (

    select
        lines.invoice_line_id,
        invoices.subscription_id,
        lines.price_id,
        prices.price_name,
        lines.currency_code,
        cast(
            case when lines.line_amount > 0
                    then lines.quantity * prices.monthly_amount
                when lines.line_amount < 0
                    then -lines.quantity * prices.monthly_amount
                else 0
            end as decimal(18, 2)
        ) as monthly_amount,
        case
            when lines.line_amount = 0 and prices.monthly_amount > 0 then 'trialing'
        end as span_status,
        lines.is_proration,
        lines.period_started_at as valid_from,
        lines.period_ended_at
    from invoices
    inner join lines on invoices.invoice_id = lines.invoice_id
    inner join prices on lines.price_id = prices.price_id

)

select * from spans

{{ config(materialized='view') }}

with facts as (

    select * from {{ ref('int_scorecard_facts_combined') }}

),

rates as (

    select * from {{ ref('int_currency_rates_dated') }}

),

rated as (

    select
        facts.metric_name,
        facts.counted_id,
        facts.summed_amount,
        facts.happened_at,
        case
            when facts.summed_amount is null then 1
            else {{ reporting_rate('facts.currency_code') }}
        end as rate
    from facts
    left join rates on {{ is_rate_of('facts.currency_code', 'facts.happened_at') }}

),

converted as (

    select
        metric_name,
        case when rate is not null then counted_id end as counted_id,
        cast(summed_amount * rate as decimal(18, 2)) as summed_amount,
        rate is null as is_left_out,
        happened_at
    from rated

)

select * from converted

{{ config(materialized='view') }}

with periods as (

    select * from {{ ref('int_scorecard_periods_dated') }}

),

facts as (

    select * from {{ ref('int_scorecard_facts_converted') }}
    where happened_at is not null

),

placed as (

    select
        facts.*,
        periods.period_name,
        facts.happened_at >= periods.started_at as is_current
    from facts
    inner join periods
        on
            facts.happened_at >= periods.previous_started_at
            and facts.happened_at < periods.ended_at
            and (
                facts.happened_at < periods.previous_ended_at
                or facts.happened_at >= periods.started_at
            )

),

measured as (

    select
        metric_name,
        period_name,
        count(distinct case when is_current then counted_id end) as counted,
        count(distinct case when not is_current then counted_id end)
            as previous_counted,
        count(case when is_current and is_left_out then 1 end) as left_out_count,
        sum(case when is_current then summed_amount end) as summed,
        sum(case when not is_current then summed_amount end) as previous_summed
    from placed
    group by metric_name, period_name

)

select * from measured

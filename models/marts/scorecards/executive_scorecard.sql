with periods as (

    select * from {{ ref('int_scorecard_periods_dated') }}

),

facts as (

    select * from {{ ref('int_scorecard_facts_combined') }}
    where happened_at is not null

),

metrics as (

    select * from {{ ref('scorecard_metrics') }}

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
        sum(case when is_current then summed_amount end) as summed,
        sum(case when not is_current then summed_amount end) as previous_summed
    from placed
    group by metric_name, period_name

),

scored as (

    select
        metrics.*,
        periods.period_name,
        periods.started_at as period_started_at,
        periods.ended_at as period_ended_at,
        {{ scorecard_value('aggregation', 'summed', 'counted') }} as metric_value,
        {{ scorecard_value('aggregation', 'previous_summed', 'previous_counted') }}
            as previous_metric_value
    from metrics
    cross join periods
    left join measured
        on
            metrics.metric_name = measured.metric_name
            and periods.period_name = measured.period_name

),

scorecard as (

    select
        -- strings
        metric_name,
        label,
        unit,
        good_direction,
        period_name,

        -- numbers
        display_position,
        metric_value,
        previous_metric_value,
        cast(
            (metric_value - previous_metric_value) / nullif(previous_metric_value, 0)
            as decimal(18, 4)
        ) as change_share,

        -- timestamps
        period_started_at,
        period_ended_at
    from scored

)

select * from scorecard

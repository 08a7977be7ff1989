with periods as (

    select * from {{ ref('int_scorecard_periods_dated') }}

),

measured as (

    select * from {{ ref('int_scorecard_metrics_measured') }}

),

targets as (

    select * from {{ ref('scorecard_targets') }}

),

metrics as (

    select * from {{ ref('scorecard_metrics') }}

),

scored as (

    select
        metrics.*,
        periods.period_name,
        periods.started_at as period_started_at,
        periods.ended_at as period_ended_at,
        targets.target_value,
        coalesce(measured.left_out_count, 0) as left_out_count,
        {{ scorecard_value('aggregation', 'summed', 'counted') }} as metric_value,
        {{ scorecard_value('aggregation', 'previous_summed', 'previous_counted') }}
            as previous_metric_value
    from metrics
    cross join periods
    left join measured
        on
            metrics.metric_name = measured.metric_name
            and periods.period_name = measured.period_name
    left join targets
        on
            metrics.metric_name = targets.metric_name
            and periods.period_name = targets.period_name

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
        cast(target_value as decimal(18, 4)) as target_value,
        left_out_count,

        -- booleans
        case
            when metric_value is null or target_value is null then null
            when good_direction = 'down' then metric_value <= target_value
            else metric_value >= target_value
        end as is_on_target,

        -- timestamps
        period_started_at,
        period_ended_at
    from scored

)

select * from scorecard

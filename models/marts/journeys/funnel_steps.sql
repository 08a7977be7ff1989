with funnels as (

    select * from {{ ref('funnels') }}

),

reached as (

    select
        funnel_name,
        step_number,
        count(*) as reached_count,
        percentile_cont(0.5) within group (
            order by seconds_since_previous
        ) as median_seconds
    from {{ ref('int_funnel_steps_reached') }}
    group by funnel_name, step_number

),

described as (

    select
        funnels.funnel_name,
        funnels.step_number,
        funnels.step_name,
        funnels.activity_name,
        funnels.counted_per,
        coalesce(reached.reached_count, 0) as reached_count,
        reached.median_seconds
    from funnels
    left join reached
        on
            funnels.funnel_name = reached.funnel_name
            and funnels.step_number = reached.step_number

),

compared as (

    select
        *,
        first_value(reached_count) over (
            partition by funnel_name
            order by step_number
        ) as first_count,
        lag(reached_count) over (
            partition by funnel_name
            order by step_number
        ) as previous_count,
        lead(median_seconds) over (
            partition by funnel_name
            order by step_number
        ) as next_median_seconds
    from described

),

funnel_steps as (

    select
        -- ids
        {{ surrogate_key(['funnel_name', 'step_number']) }} as funnel_step_id,

        -- strings
        funnel_name,
        step_name,
        activity_name,
        counted_per,

        -- numbers
        step_number,
        cast(reached_count as bigint) as reached_count,
        case
            when previous_count is null then 1.0
            else reached_count / nullif(cast(previous_count as double), 0)
        end as converted_share,
        reached_count / nullif(cast(first_count as double), 0) as overall_share,
        cast(next_median_seconds as double) as median_seconds_to_next
    from compared

)

select * from funnel_steps

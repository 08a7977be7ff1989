with funnels as (

    select * from {{ ref('funnels') }}

),

funnel_lengths as (

    select
        funnel_name,
        max(step_number) as step_count
    from funnels
    group by funnel_name

),

reached as (

    select
        funnel_name,
        customer_id,
        max(step_number) as reached_step_number,
        min(case when step_number = 1 then reached_at end) as started_at,
        max_by(reached_at, step_number) as reached_at
    from {{ ref('int_funnel_steps_reached') }}
    group by funnel_name, customer_id

),

customer_funnels as (

    select
        -- ids
        {{ surrogate_key(['reached.funnel_name', 'reached.customer_id']) }}
            as customer_funnel_id,
        reached.customer_id,

        -- strings
        reached.funnel_name,
        funnels.step_name as reached_step_name,

        -- numbers
        reached.reached_step_number,
        funnel_lengths.step_count,

        -- booleans
        reached.reached_step_number = funnel_lengths.step_count as is_completed,

        -- timestamps
        reached.started_at,
        reached.reached_at
    from reached
    inner join funnel_lengths on reached.funnel_name = funnel_lengths.funnel_name
    inner join funnels
        on
            reached.funnel_name = funnels.funnel_name
            and reached.reached_step_number = funnels.step_number

)

select * from customer_funnels

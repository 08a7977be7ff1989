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

steps as (

    select
        *,
        max(step_number) over (
            partition by funnel_name, customer_id
        ) as reached_step_number
    from {{ ref('int_funnel_steps_reached') }}

),

-- a customer may come as far in several sessions: the first of them counts
reached as (

    select
        funnel_name,
        customer_id,
        reached_step_number,
        min(case when step_number = 1 then reached_at end) as started_at,
        min(case when step_number = reached_step_number then reached_at end)
            as reached_at
    from steps
    group by funnel_name, customer_id, reached_step_number

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

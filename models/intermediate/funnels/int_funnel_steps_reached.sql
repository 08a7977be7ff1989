{% set columns = 'funnel_name, counted_id, customer_id, step_number, '
    ~ 'occurred_at, previous_at' %}

with reached as (

    select {{ columns }} from {{ ref('int_ordered_steps_reached') }}
    union all
    select {{ columns }} from {{ ref('int_unordered_steps_reached') }}

),

first_reached as (

    select
        funnel_name,
        counted_id,
        customer_id,
        step_number,
        {{ dbt.datediff('previous_at', 'occurred_at', 'second') }}
            as seconds_since_previous,
        occurred_at as reached_at
    from reached
    qualify
        row_number() over (
            partition by funnel_name, counted_id, step_number
            order by occurred_at asc, previous_at desc
        ) = 1

)

select * from first_reached

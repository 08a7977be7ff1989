{# One pass over the hits for each step. Of all chains that lead to a hit the one that
   began last has the most time left, so the others need not be remembered. #}
{% set columns = 'funnel_name, counted_id, customer_id, step_number' %}

with hits as (

    select * from {{ ref('int_funnel_hits_matched') }}
    where step_order = 'in_order'

),

reached_1 as (

    select
        {{ columns }},
        activity_number,
        occurred_at,
        window_ends_at,
        cast(null as timestamp) as previous_at
    from hits
    where step_number = 1

),

{% for step in range(2, funnel_step_limit() | int + 1) %}
    candidates_{{ step }} as (

        select
            {{ columns }},
            activity_number,
            occurred_at,
            window_ends_at,
            true as is_previous
        from reached_{{ step - 1 }}
        union all
        select
            {{ columns }},
            activity_number,
            occurred_at,
            cast(null as timestamp) as window_ends_at,
            false as is_previous
        from hits
        where step_number = {{ step }}

    ),

    preceded_{{ step }} as (

        select
            {{ columns }},
            activity_number,
            occurred_at,
            is_previous,
            max(window_ends_at) over (
                partition by funnel_name, counted_id
                order by activity_number, is_previous
                rows between unbounded preceding and 1 preceding
            ) as window_ends_at,
            max(case when is_previous then occurred_at end) over (
                partition by funnel_name, counted_id
                order by activity_number, is_previous
                rows between unbounded preceding and 1 preceding
            ) as previous_at
        from candidates_{{ step }}

    ),

    reached_{{ step }} as (

        select
            {{ columns }},
            activity_number,
            occurred_at,
            window_ends_at,
            previous_at
        from preceded_{{ step }}
        where not is_previous and occurred_at <= window_ends_at

    ),
{% endfor %}

reached as (

    {% for step in range(1, funnel_step_limit() | int + 1) %}
        select * from reached_{{ step }}
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}

)

select * from reached

{# From each hit on: when each step was done next; all within the window count. #}
{% set steps = range(1, funnel_step_limit() | int + 1) %}

with hits as (

    select * from {{ ref('int_funnel_hits_matched') }}
    where step_order = 'any_order'

),

followed as (

    select
        funnel_name,
        counted_id,
        customer_id,
        {% for step in steps %}
            min(case when step_number = {{ step }} then occurred_at end) over (
                partition by funnel_name, counted_id
                order by activity_number
                rows between current row and unbounded following
            ) as done_{{ step }}_at,
        {% endfor %}
        window_ends_at
    from hits

),

reached as (

    {% for step in steps %}
        select
            funnel_name,
            counted_id,
            customer_id,
            {{ step }} as step_number,
            greatest(
                done_1_at {%- for done in range(2, step + 1) %}, done_{{ done }}_at
                {%- endfor %}
            ) as occurred_at,
            {% if step == 1 %}
                cast(null as timestamp) as previous_at
            {% else %}
                greatest(
                    done_1_at {%- for done in range(2, step) %}, done_{{ done }}_at
                    {%- endfor %}
                ) as previous_at
            {% endif %}
        from followed
        where
            done_1_at <= window_ends_at
            {% for done in range(2, step + 1) %}
                and done_{{ done }}_at <= window_ends_at
            {% endfor %}
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}

)

select * from reached

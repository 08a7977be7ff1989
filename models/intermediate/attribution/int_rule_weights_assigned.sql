{% set half_life = '(86400.0 * ' ~ var('attribution_half_life_days') ~ ')' %}
{% set age = dbt.datediff('occurred_at', 'converted_at', 'second') %}
{% set weights = {
    'first_touch': 'case when touch_number = 1 then 1 else 0 end',
    'last_touch': 'case when touch_number = touch_count then 1 else 0 end',
    'last_non_direct_touch': 'case when touch_number = chosen_number then 1 else 0 end',
    'linear': '1',
    'position_based': 'case'
        ~ ' when touch_count <= 2 then 1'
        ~ ' when touch_number in (1, touch_count) then 2 * (touch_count - 2)'
        ~ ' else 1 end',
    'time_decay': 'greatest(1, round(1000000000 * power(2.0, -coalesce('
        ~ age ~ ', 0) / ' ~ half_life ~ ')))',
} %}

with conversion_touches as (

    select
        *,
        coalesce(
            max(case when channel <> 'direct' then touch_number end) over (
                partition by conversion_id
            ),
            touch_count
        ) as chosen_number
    from {{ ref('int_conversion_touches_paired') }}

),

-- whole numbers: what counts is how they compare within a conversion
weighed as (

    {% for attribution_model, weight in weights.items() %}
        select
            '{{ attribution_model }}' as attribution_model,
            conversion_id,
            touch_number,
            cast({{ weight }} as bigint) as weight
        from conversion_touches
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}

)

select * from weighed

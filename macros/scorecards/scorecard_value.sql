{% macro scorecard_value(aggregation, summed, counted) %}
    cast(
        case {{ aggregation }}
            when 'sum' then coalesce({{ summed }}, 0)
            when 'count' then coalesce({{ counted }}, 0)
            else {{ summed }} / nullif({{ counted }}, 0)
        end as decimal(18, 4)
    )
{% endmacro %}

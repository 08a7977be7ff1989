{# What a recurring price costs a month, whatever the span that it is charged for.
   amount: the price. span_name: day, week, month or year. span_count: so many of them;
   null for one. #}
{% macro amount_by_month(amount, span_name, span_count) -%}
    cast(
        case {{ span_name }}
            when 'year' then {{ amount }} / 12
            when 'week' then {{ amount }} * 52 / 12
            when 'day' then {{ amount }} * 365 / 12
            else {{ amount }}
        end / coalesce({{ span_count }}, 1) as decimal(18, 2)
    )
{%- endmacro %}

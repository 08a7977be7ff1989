{# The sum of one key, whole numbers, over the objects of a column that is a JSON array;
   null where the array is absent or empty. #}
{% macro json_sum(column, key) -%}
    {{ return(adapter.dispatch('json_sum')(column, key)) }}
{%- endmacro %}

{% macro duckdb__json_sum(column, key) -%}
    list_sum(cast(json_extract({{ column }}, '$[*].{{ key }}') as bigint[]))
{%- endmacro %}

{% macro default__json_sum(column, key) -%}
    aggregate(
        from_json({{ column }}, 'array<struct<{{ key }}: bigint>>'),
        cast(null as bigint),
        (total, one) -> coalesce(total, 0) + one.{{ key }}
    )
{%- endmacro %}

{# A select with one row per value in a JSON array of texts or numbers: the columns to
   keep, and the value as text. Rows without the array drop out.
   relation: where the column is. keep: columns to keep. column: the JSON column.
   name: what the value is called. #}
{% macro json_values(relation, keep, column, name) -%}
    {{ return(adapter.dispatch('json_values')(relation, keep, column, name)) }}
{%- endmacro %}

{% macro duckdb__json_values(relation, keep, column, name) -%}
    select
        {{ keep | join(', ') }},
        unnest(from_json({{ column }}, '["VARCHAR"]')) as {{ name }}
    from {{ relation }}
{%- endmacro %}

{% macro default__json_values(relation, keep, column, name) -%}
    select
        {{ keep | join(', ') }},
        {{ name }}
    from {{ relation }}
    lateral view explode(from_json({{ column }}, 'array<string>')) listed as {{ name }}
{%- endmacro %}

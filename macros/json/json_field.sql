{# The value of one key of a JSON column as text, also where the key has dots in it. #}
{% macro json_field(column, key) -%}
    {{ return(adapter.dispatch('json_field')(column, key)) }}
{%- endmacro %}

{% macro default__json_field(column, key) -%}
    nullif(get_json_object({{ column }}, '$[\'{{ key }}\']'), '')
{%- endmacro %}

{% macro duckdb__json_field(column, key) -%}
    nullif(json_extract_string({{ column }}, '/{{ key }}'), '')
{%- endmacro %}

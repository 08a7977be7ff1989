{# A value inside a JSON column as text; null where it is absent, null or empty.
   path: keys joined by dots, such as page.path. #}
{% macro json_text(column, path) -%}
    {{ return(adapter.dispatch('json_text')(column, path)) }}
{%- endmacro %}

{% macro default__json_text(column, path) -%}
    nullif(get_json_object({{ column }}, '$.{{ path }}'), '')
{%- endmacro %}

{% macro duckdb__json_text(column, path) -%}
    nullif(json_extract_string({{ column }}, '$.{{ path }}'), '')
{%- endmacro %}

{# A moment with a zone, or its ISO text, as a UTC timestamp without a zone. #}
{% macro utc_timestamp(moment) -%}
    {{ return(adapter.dispatch('utc_timestamp')(moment)) }}
{%- endmacro %}

{% macro default__utc_timestamp(moment) -%}
    cast({{ moment }} as timestamp)
{%- endmacro %}

{# DuckDB drops the offset when it casts text straight to timestamp. #}
{% macro duckdb__utc_timestamp(moment) -%}
    cast(cast({{ moment }} as timestamp with time zone) as timestamp)
{%- endmacro %}

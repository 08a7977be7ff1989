{# Tables that live for the length of one model's build: temporary where the engine has
   temporary tables, replaced by the next build where it has not. #}
{% macro scratch_table(name) -%}
    {{ return(adapter.dispatch('scratch_table')(name)) }}
{%- endmacro %}

{% macro default__scratch_table(name) -%}
    intermediate.scratch_{{ name }}
{%- endmacro %}

{% macro duckdb__scratch_table(name) -%}
    temp.main.scratch_{{ name }}
{%- endmacro %}

{# Creates or replaces a scratch table from a query, at once. #}
{% macro create_scratch_table(name, query) -%}
    {{ return(adapter.dispatch('create_scratch_table')(name, query)) }}
{%- endmacro %}

{% macro default__create_scratch_table(name, query) -%}
    {% do run_query('drop table if exists ' ~ scratch_table(name)) %}
    {% do run_query('create table ' ~ scratch_table(name) ~ ' as ' ~ query) %}
{%- endmacro %}

{% macro duckdb__create_scratch_table(name, query) -%}
    {% do run_query(
        'create or replace temporary table scratch_' ~ name ~ ' as ' ~ query
    ) %}
{%- endmacro %}

{% macro drop_scratch_table(name) -%}
    {% do run_query('drop table if exists ' ~ scratch_table(name)) %}
{%- endmacro %}

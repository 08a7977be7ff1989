{# When this build started, UTC: the time of what becomes known only by building, such
   as that two customers are one. Unlike as_of() it never stands still. #}
{% macro build_moment() -%}
    {%- if target.name == 'preview' -%}
        cast({{ dbt.current_timestamp() }} as timestamp)
    {%- else -%}
        cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as timestamp)
    {%- endif -%}
{%- endmacro %}

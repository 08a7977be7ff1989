{# The moment that "last N days" counts back from: the variable as_of (or the
   environment variable CDP_AS_OF), an ISO time; otherwise the start of this run, so
   that every model of a run counts from the same moment. UTC, without a zone. #}
{% macro as_of() -%}
    {%- set fixed = var('as_of', '') or env_var('CDP_AS_OF', '') -%}
    {%- if fixed -%}
        {{ utc_timestamp("'" ~ fixed ~ "'") }}
    {%- elif target.name == 'preview' -%}
        {#- a time in the text would make every plan see a change -#}
        cast({{ dbt.current_timestamp() }} as timestamp)
    {%- else -%}
        cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp)
    {%- endif -%}
{%- endmacro %}

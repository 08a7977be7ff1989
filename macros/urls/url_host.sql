{# The host of an address, in lower case, without its port. #}
{% macro url_host(url) -%}
    {%- set rest = dbt.split_part(url, "'//'", 2) -%}
    {%- set host = dbt.split_part(rest, "'/'", 1) -%}
    {%- set bare = dbt.split_part(host, "'?'", 1) -%}
    nullif(lower({{ dbt.split_part(bare, "':'", 1) }}), '')
{%- endmacro %}

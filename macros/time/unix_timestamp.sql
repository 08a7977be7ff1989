{# Whole seconds since 1970 as a UTC timestamp without a zone. #}
{% macro unix_timestamp(seconds) -%}
    {{ dbt.dateadd('second', seconds, "cast('1970-01-01 00:00:00' as timestamp)") }}
{%- endmacro %}

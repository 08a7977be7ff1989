{# Whether a moment lies in the last so many days before as_of(). #}
{% macro is_within_last(moment, days) -%}
    {{ moment }} > {{ dbt.dateadd('day', -days, as_of()) }}
    and {{ moment }} <= {{ as_of() }}
{%- endmacro %}

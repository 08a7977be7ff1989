{# How many moments lie in the so many days before another, the later one excluded:
   what happens at the very moment of a snapshot is already its future.
   condition: which of them count. #}
{% macro count_within(moment, before, days, condition='true') -%}
    count(
        case
            when
                {{ condition }}
                and {{ moment }} < {{ before }}
                and {{ moment }} >= {{ dbt.dateadd('day', -days, before) }}
                then 1
        end
    )
{%- endmacro %}

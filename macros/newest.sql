{# The highest value of a column in the table that an incremental model has built so
   far; 1970 while it is empty. Callers compare with >= and leave out what they have:
   a load that was cut in two lands twice under one landing time. #}
{% macro newest(column) -%}
    (
        select coalesce(max(built.{{ column }}), cast('1970-01-01' as timestamp))
        from {{ this }} as built
    )
{%- endmacro %}

{# The row that an incremental model has built so far for a row of a relation, for use
   in exists (...). #}
{% macro built_row(key, relation) -%}
    select 1
    from {{ this }} as built
    where built.{{ key }} = {{ relation }}.{{ key }}
{%- endmacro %}

{# A value inside a JSON column as a number; null where it is absent or not a number.
   data_type: decimal(18, 2) for money, integer for counts. #}
{% macro json_number(column, path, data_type='decimal(18, 2)') -%}
    try_cast({{ json_text(column, path) }} as {{ data_type }})
{%- endmacro %}

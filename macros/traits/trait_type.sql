{# The data type of a column that has a trait: is_ for flags, all others are text. #}
{% macro trait_type(trait_name) -%}
    {{ 'boolean' if trait_name.startswith('is_') else dbt.type_string() }}
{%- endmacro %}

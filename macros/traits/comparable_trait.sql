{# The form in which two spellings of one value of a trait are equal: no case, no outer
   spaces; of a telephone number the last nine digits, because some tools keep the
   country's code and others do not. #}
{% macro comparable_trait(trait_name, trait_value) -%}
    case
        when {{ trait_name }} = 'phone'
            then {{ dbt.right(digits_of(trait_value), 9) }}
        else lower(trim({{ trait_value }}))
    end
{%- endmacro %}

{# The digits of a text, without anything between them. #}
{% macro digits_of(value) -%}
    {{ return(adapter.dispatch('digits_of')(value)) }}
{%- endmacro %}

{% macro default__digits_of(value) -%}
    regexp_replace({{ value }}, '[^0-9]', '')
{%- endmacro %}

{% macro duckdb__digits_of(value) -%}
    regexp_replace({{ value }}, '[^0-9]', '', 'g')
{%- endmacro %}

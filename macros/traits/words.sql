{# The first word of a name; null where there is none. #}
{% macro first_word(name) -%}
    nullif({{ dbt.split_part('trim(' ~ name ~ ')', "' '", 1) }}, '')
{%- endmacro %}

{# What follows the first word of a name; null where it is the only one. #}
{% macro after_first_word(name) -%}
    nullif(
        trim(
            substring(
                trim({{ name }}),
                {{ dbt.length(dbt.split_part('trim(' ~ name ~ ')', "' '", 1)) }} + 1
            )
        ),
        ''
    )
{%- endmacro %}

{# A country as ISO 3166 has it, of a text that may be its name: names tell nothing. #}
{% macro country_code_of(country_name) -%}
    case when {{ dbt.length(country_name) }} = 2 then upper({{ country_name }}) end
{%- endmacro %}

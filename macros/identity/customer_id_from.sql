{# The customer id that an identifier gives. #}
{% macro customer_id_from(relation, prefix='') -%}
    'c_' || substring(
        {{
            dbt.hash(
                "'" ~ prefix ~ "' || " ~ relation ~ ".identifier_type || ':' || "
                ~ relation ~ ".identifier_value"
            )
        }},
        1, 16
    )
{%- endmacro %}

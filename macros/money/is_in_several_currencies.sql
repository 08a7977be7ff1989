{# Whether the orders of a row's customer, of those that are selected, are in more than
   one currency. Takes customer_id and currency_code of the relation. #}
{% macro is_in_several_currencies() -%}
    coalesce(
        min(currency_code) over (partition by customer_id)
        <> max(currency_code) over (partition by customer_id),
        false
    )
{%- endmacro %}

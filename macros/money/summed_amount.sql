{# What a customer's orders came to, within a group by customer: in their own currency, or
   in the reporting one where they are in several; those without a rate are left out.
   condition: which of the orders count. Takes order_amount, reporting_amount and
   currency_code of the relation. #}
{% macro summed_amount(condition='true') -%}
    cast(
        case
            when min(currency_code) <> max(currency_code)
                then sum(case when {{ condition }} then reporting_amount else 0 end)
            else sum(case when {{ condition }} then order_amount else 0 end)
        end as decimal(18, 2)
    )
{%- endmacro %}

{# What an amount is multiplied by to be in the reporting currency; null without a rate.
   One without a currency is in it. The rate is that of a join by is_rate_of. #}
{% macro reporting_rate(currency_code) -%}
    case
        when
            coalesce({{ currency_code }}, '{{ var('reporting_currency') }}')
            = '{{ var('reporting_currency') }}'
            then 1
        else rates.rate
    end
{%- endmacro %}

{# Whether a row of int_currency_rates_dated, called rates, is the rate of a moment. #}
{% macro is_rate_of(currency_code, moment) -%}
    {{ currency_code }} = rates.currency_code
    and {{ moment }} >= rates.valid_from_date
    and {{ moment }} < rates.valid_to_date
{%- endmacro %}

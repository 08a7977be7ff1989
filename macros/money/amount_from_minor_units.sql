{# An amount in Stripe's smallest unit of a currency (mostly hundredths) as an amount of the
   currency. Those without a smaller unit are sent whole, dinars and rials in thousandths;
   Ugandan shillings have no smaller unit, but are still sent in hundredths.
   amount: a whole number. currency: its ISO 4217 code, in any case. #}
{% macro amount_from_minor_units(amount, currency) -%}
    case
        when lower({{ currency }}) in (
            'bif', 'clp', 'djf', 'gnf', 'jpy', 'kmf', 'krw', 'mga', 'pyg', 'rwf',
            'vnd', 'vuv', 'xaf', 'xof', 'xpf'
        )
            then cast({{ amount }} as decimal(18, 2))
        when lower({{ currency }}) in ('bhd', 'jod', 'kwd', 'omr', 'tnd')
            then cast({{ amount }} * 0.001 as decimal(18, 2))
        else cast({{ amount }} * 0.01 as decimal(18, 2))
    end
{%- endmacro %}

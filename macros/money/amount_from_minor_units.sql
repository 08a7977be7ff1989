{# An amount in a currency's smallest unit (cents) as an amount of the currency; the
   currencies that have no smaller unit are sent whole.
   amount: a whole number. currency: its ISO 4217 code, in any case. #}
{% macro amount_from_minor_units(amount, currency) -%}
    case
        when lower({{ currency }}) in (
            'bif', 'clp', 'djf', 'gnf', 'jpy', 'kmf', 'krw', 'mga', 'pyg', 'rwf',
            'ugx', 'vnd', 'vuv', 'xaf', 'xof', 'xpf'
        )
            then cast({{ amount }} as decimal(18, 2))
        else cast({{ amount }} * 0.01 as decimal(18, 2))
    end
{%- endmacro %}

{# `cdp reconcile` writes this table; an empty one lets its models build before it has.
   ingestion/reconciliation/checks.py makes the same table. #}
{% macro create_reconciliation_tables() %}
    {% if not is_build() %}
        {{ return('') }}
    {% endif %}
    {% do run_query('create schema if not exists raw_reconciliation') %}
    {% do run_query(
        'create table if not exists raw_reconciliation.checks ('
        'source varchar, table_name varchar, checked_at timestamp with time zone, '
        'what varchar, asked varchar, in_source decimal(38, 2), '
        'in_warehouse decimal(38, 2), difference decimal(38, 2), '
        'tolerance decimal(38, 4), verdict varchar)'
    ) %}
{% endmacro %}

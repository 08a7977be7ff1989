{# activation writes these tables when a sync runs; empty ones let the models that read
   them build before the first sync. activation/ledger.py makes the same tables. #}
{% macro create_ledger_tables() %}
    {% if not is_build() %}
        {{ return('') }}
    {% endif %}
    {% set tables = {
        'sync_state': [
            'sync_name varchar', 'record_key varchar', 'row_hash ubigint',
            'delivered_at timestamp with time zone', 'fields varchar',
            'remote_id varchar', 'key_hash ubigint',
        ],
        'sync_runs': [
            'run_id varchar', 'sync_name varchar',
            'started_at timestamp with time zone',
            'ended_at timestamp with time zone', 'created_count bigint',
            'updated_count bigint', 'unchanged_count bigint',
            'delivered_count bigint', 'rejected_count bigint', 'retry_count bigint',
            'deleted_count bigint', 'left_count bigint',
        ],
        'sync_outcomes': [
            'run_id varchar', 'sync_name varchar', 'record_key varchar',
            'status varchar', 'reason varchar',
            'attempted_at timestamp with time zone', 'action varchar',
            'row_hash ubigint',
        ],
        'sync_left': [
            'sync_name varchar', 'record_key varchar', 'row_hash ubigint',
            'mode varchar', 'matched_by varchar', 'reason varchar',
            'remote_id varchar', 'left_at timestamp with time zone',
        ],
        'sync_objects': [
            'sync_name varchar', 'destination varchar', 'object_name varchar',
        ],
        'sync_alerts': [
            'run_id varchar', 'sync_name varchar', 'kind varchar', 'message varchar',
            'raised_at timestamp with time zone',
        ],
    } %}
    {% do run_query('create schema if not exists ledger') %}
    {% for name, columns in tables.items() %}
        {% do run_query(
            'create table if not exists ledger.' ~ name
            ~ ' (' ~ columns | join(', ') ~ ')'
        ) %}
    {% endfor %}
    {# of a warehouse that an earlier version has made #}
    {% do run_query(
        'alter table ledger.sync_runs add column if not exists left_count bigint'
    ) %}
{% endmacro %}

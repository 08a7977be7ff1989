{# Stops a build in a fresh workspace with the sentence that helps, instead of one
   error a model. Loads create the raw tables, empty ones too. #}
{% macro require_raw_tables() %}
    {% if not execute or flags.WHICH not in ['run', 'build', 'test'] %}
        {{ return('') }}
    {% endif %}
    {% set found = run_query(
        "select table_schema || '.' || table_name as relation_name"
        " from information_schema.tables where table_schema like 'raw_%'"
    ).columns[0].values() %}
    {% set missing = [] %}
    {% for source in graph.sources.values() if source.schema.startswith('raw_') %}
        {% set name = source.schema ~ '.' ~ source.identifier %}
        {% if name not in found %}{% do missing.append(name) %}{% endif %}
    {% endfor %}
    {% if missing %}
        {% do exceptions.raise_compiler_error(
            'Nothing has been loaded into ' ~ missing | sort | join(', ')
            ~ '. Run `cdp load` first, then `dbt build` again.'
        ) %}
    {% endif %}
{% endmacro %}

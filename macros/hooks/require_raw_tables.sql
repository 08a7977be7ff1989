{# Stops a build in a fresh workspace with the sentence that helps, instead of one
   error a model. Loads create the raw tables, empty ones too. #}
{% macro require_raw_tables() %}
    {% if not is_build() %}
        {{ return('') }}
    {% endif %}
    {% set found = run_query(
        "select table_schema || '.' || table_name as relation_name"
        " from information_schema.tables where table_schema like 'raw_%'"
    ).columns[0].values() %}
    {% set missing = [] %}
    {% for table in graph.sources.values() if table.schema.startswith('raw_') %}
        {% set name = table.schema ~ '.' ~ table.identifier %}
        {% if name not in found %}{% do missing.append(name) %}{% endif %}
    {% endfor %}
    {% if missing %}
        {% do exceptions.raise_compiler_error(
            'Nothing has been loaded into ' ~ missing | sort | join(', ')
            ~ '. Run `cdp load` first, then `dbt build` again.'
        ) %}
    {% endif %}
{% endmacro %}

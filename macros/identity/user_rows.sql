{# The rows of one table of the variable user_tables, as a select: what its columns do not
   say is null. table: source, table and columns; without it, a select without rows. #}
{% macro user_rows(table=none) %}
    {% set columns = (table.columns or {}) if table is mapping else {} %}
    {% if table is mapping and not (columns.user_id and columns.created_at) %}
        {% do exceptions.raise_compiler_error(
            'user_tables: say which columns of ' ~ table.source ~ '.' ~ table.table
            ~ ' are user_id and created_at'
        ) %}
    {% endif %}
    select
        {% for name in [
            'user_id', 'email', 'first_name', 'last_name', 'phone', 'street',
            'postal_code', 'city', 'company_name', 'country_code', 'customer_type',
        ] %}
            cast({{ columns.get(name) or 'null' }} as {{ dbt.type_string() }}) as {{ name }},
        {% endfor %}
        {{ utc_timestamp(columns.get('created_at') or 'null') }} as created_at,
        {{ utc_timestamp(columns.get('updated_at') or 'null') }} as updated_at
    {% if table is mapping %}
        from {{ source(table.source, table.table) }}
        where _deleted_at is null
    {% else %}
        where false
    {% endif %}
{% endmacro %}

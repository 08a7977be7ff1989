{# A select with one row per object in a JSON array: the columns to keep, position (from
   1), and each field as text. Rows without the array drop out. Every document is read
   once, whatever the number of fields, and long ones are not copied for each row.
   relation: where the column is. keep: columns to keep. column: the JSON column.
   path: keys joined by dots that lead to the array; '' where the column is the array. fields: keys of the objects. #}
{% macro json_records(relation, keep, column, path, fields) -%}
    {{ return(adapter.dispatch('json_records')(relation, keep, column, path, fields)) }}
{%- endmacro %}

{% macro duckdb__json_records(relation, keep, column, path, fields) -%}
    {%- set shape = [] -%}
    {%- for field in fields -%}{%- do shape.append('"' ~ field ~ '":"VARCHAR"') -%}{%- endfor -%}
    select
        {{ keep | join(', ') }},
        position,
        {% for field in fields -%}
            nullif(record.{{ field }}, '') as {{ field }}{{ ', ' if not loop.last }}
        {%- endfor %}
    from (
        select
            {{ keep | join(', ') }},
            unnest(records) as record,
            generate_subscripts(records, 1) as position
        from (
            select
                {{ keep | join(', ') }},
                from_json(
                    json_extract({{ column }}, '${{ '.' if path }}{{ path }}'), '[{ {{- shape | join(',') -}} }]'
                ) as records
            from {{ relation }}
        ) as documents
    ) as opened
{%- endmacro %}

{% macro default__json_records(relation, keep, column, path, fields) -%}
    {%- set shape = [] -%}
    {%- for field in fields -%}{%- do shape.append(field ~ ': string') -%}{%- endfor -%}
    select
        {{ keep | join(', ') }},
        position + 1 as position,
        {% for field in fields -%}
            nullif(record.{{ field }}, '') as {{ field }}{{ ', ' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    lateral view posexplode(
        from_json(
            get_json_object({{ column }}, '${{ '.' if path }}{{ path }}'),
            'array<struct<{{ shape | join(', ') }}>>'
        )
    ) records as position, record
{%- endmacro %}

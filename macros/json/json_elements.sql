{# The elements of a JSON array, one row each, for use after `from some_table`:

       from orders
       {{ json_elements('orders.properties_json', 'products', 'lines') }}

   adds lines.element (JSON) and lines.position (from 1). Rows without the array, or
   with an empty one, drop out. #}
{% macro json_elements(column, path, alias) -%}
    {{ return(adapter.dispatch('json_elements')(column, path, alias)) }}
{%- endmacro %}

{% macro duckdb__json_elements(column, path, alias) -%}
    cross join
        unnest(cast(json_extract({{ column }}, '$.{{ path }}') as json []))
        with ordinality as {{ alias }} (element, position)
{%- endmacro %}

{% macro default__json_elements(column, path, alias) -%}
    lateral view posexplode(
        from_json(get_json_object({{ column }}, '$.{{ path }}'), 'array<string>')
    ) {{ alias }} as position, element
{%- endmacro %}

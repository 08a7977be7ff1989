{# Folders are schemas: a model in models/marts lands in the schema marts, with no
   prefix, in every target. Developers have a warehouse file each (CDP_DATA_DIR). #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}

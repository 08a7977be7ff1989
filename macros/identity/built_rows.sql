{# Every row that an incremental model has built so far, as a select. #}
{% macro built_rows() -%}
    select built.* from {{ this }} as built
{%- endmacro %}

{# The form in which two spellings of one address are equal; null where it is empty. #}
{% macro normalised_email(value) -%}
    lower({{ trimmed(value) }})
{%- endmacro %}

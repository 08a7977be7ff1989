{# What a parameter of an address or of its query says; null where it is absent.
   A plus sign and %20 are spaces; other escapes stay as they are. #}
{% macro url_parameter(url, name) -%}
    {%- set query = "replace('?' || " ~ url ~ ", '?', '&')" -%}
    {%- set rest = dbt.split_part(query, "'&" ~ name ~ "='", 2) -%}
    {%- set value = dbt.split_part(rest, "'&'", 1) -%}
    nullif(
        replace(replace({{ dbt.split_part(value, "'#'", 1) }}, '+', ' '), '%20', ' '),
        ''
    )
{%- endmacro %}

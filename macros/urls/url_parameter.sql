{# What a parameter of an address or of its query says, as a person reads it; null where
   it is absent. #}
{% macro url_parameter(url, name) -%}
    {%- set query = "replace('?' || " ~ url ~ ", '?', '&')" -%}
    {%- set rest = dbt.split_part(query, "'&" ~ name ~ "='", 2) -%}
    {%- set value = dbt.split_part(rest, "'&'", 1) -%}
    nullif({{ url_decoded("replace(" ~ dbt.split_part(value, "'#'", 1) ~ ", '+', ' ')") }}, '')
{%- endmacro %}

{# Text without the escapes of an address; as it is where they are not of UTF-8. #}
{% macro url_decoded(text) -%}
    {{ return(adapter.dispatch('url_decoded')(text)) }}
{%- endmacro %}

{% macro default__url_decoded(text) -%}
    replace({{ text }}, '%20', ' ')
{%- endmacro %}

{% macro duckdb__url_decoded(text) -%}
    coalesce(try(url_decode({{ text }})), {{ text }})
{%- endmacro %}

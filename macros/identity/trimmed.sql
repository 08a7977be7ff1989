{# A value without white space around it, of any kind: tabs, line ends, non-breaking and
   zero-width spaces, which copies from web pages and spreadsheets bring along. Null
   where nothing is left. #}
{% macro trimmed(value) -%}
    {{ return(adapter.dispatch('trimmed')(value)) }}
{%- endmacro %}

{% macro default__trimmed(value) -%}
    nullif(
        trim(both ' \t\n\r\u000b\u000c\u00a0\u200b\u200c\u200d\ufeff' from {{ value }}), ''
    )
{%- endmacro %}

{# values that begin and end with a visible letter, nearly all, are done with quickly #}
{% macro duckdb__trimmed(value) -%}
    nullif(
        case
            when
                ascii({{ value }}) between 33 and 126
                and ascii(right({{ value }}, 1)) between 33 and 126
                then {{ value }}
            else trim({{ value }}, {{ white_space() }})
        end,
        ''
    )
{%- endmacro %}

{% macro postgres__trimmed(value) -%}
    nullif(trim(both {{ white_space() }} from {{ value }}), '')
{%- endmacro %}

{# The characters of white space as an expression. #}
{% macro white_space() -%}
    ' '
    {%- for code in (9, 10, 11, 12, 13, 160, 8203, 8204, 8205, 65279) %} || chr({{ code }}){% endfor %}
{%- endmacro %}

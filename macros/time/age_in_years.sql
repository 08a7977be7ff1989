{# Completed years from a birth date to a moment. #}
{% macro age_in_years(birth_date, moment) -%}
    cast(
        floor(
            (
                extract(year from {{ moment }}) * 10000
                + extract(month from {{ moment }}) * 100
                + extract(day from {{ moment }})
                - extract(year from {{ birth_date }}) * 10000
                - extract(month from {{ birth_date }}) * 100
                - extract(day from {{ birth_date }})
            ) / 10000.0
        ) as integer
    )
{%- endmacro %}

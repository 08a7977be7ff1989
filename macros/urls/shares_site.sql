{# Whether one host is the other or below it, whatever www: shop.com and pay.shop.com. #}
{% macro shares_site(host, other) -%}
    {%- set bare = [] -%}
    {%- for name in (host, other) -%}
        {%- do bare.append(
            "case when " ~ name ~ " like 'www.%' then substring(" ~ name ~ ", 5) else "
            ~ name ~ " end"
        ) -%}
    {%- endfor -%}
    coalesce(
        ({{ bare[0] }}) = ({{ bare[1] }})
        or ({{ bare[0] }}) like '%.' || ({{ bare[1] }})
        or ({{ bare[1] }}) like '%.' || ({{ bare[0] }}),
        false
    )
{%- endmacro %}

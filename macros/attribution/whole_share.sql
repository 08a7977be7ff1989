{# Largest remainder, in whole numbers only: what each row gets of `whole` before the
   rest is given out, and what is left of its claim. total: the sum of weights. #}
{% macro whole_share(whole, weight, total) -%}
    {%- set claim = "cast(" ~ whole ~ " as decimal(38, 0)) * " ~ weight -%}
    cast(
        round(({{ claim }} - mod({{ claim }}, {{ total }})) / {{ total }}) as bigint
    )
{%- endmacro %}

{% macro share_remainder(whole, weight, total) -%}
    cast(mod(cast({{ whole }} as decimal(38, 0)) * {{ weight }}, {{ total }}) as bigint)
{%- endmacro %}

{# What makes a claim one claim: who says it, about which two identifiers. #}
{% macro claim_key(relation=none) -%}
    {%- set prefix = relation ~ '.' if relation else '' -%}
    {%- for column in [
        'claimed_by', 'left_type', 'left_value', 'right_type', 'right_value'
    ] -%}
        {{ prefix }}{{ column }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# Whether two rows are the same claim; a mention has nothing on the right. #}
{% macro is_same_claim(one, other) -%}
    {{ one }}.left_value = {{ other }}.left_value
    and coalesce({{ one }}.right_value, '') = coalesce({{ other }}.right_value, '')
    and {{ one }}.left_type = {{ other }}.left_type
    and coalesce({{ one }}.right_type, '') = coalesce({{ other }}.right_type, '')
    and {{ one }}.claimed_by = {{ other }}.claimed_by
{%- endmacro %}

{# The identifiers at both ends of links, each once, as a select. #}
{% macro both_ends(links, condition) -%}
    select
        left_type as node_type,
        left_value as node_value
    from {{ links }}
    where {{ condition }}
    union
    select
        right_type as node_type,
        right_value as node_value
    from {{ links }}
    where {{ condition }}
{%- endmacro %}

{# Identifiers of one kind that are linked with those nodes that are of another kind, as
   a select; between devices (on the left) and logins (on the right). #}
{% macro neighbours(links, nodes, node_type, wanted_type) -%}
    {%- set side = 'left' if wanted_type == 'anonymous_id' else 'right' -%}
    {%- set other = 'right' if side == 'left' else 'left' -%}
    select
        {{ links }}.{{ side }}_type as node_type,
        {{ links }}.{{ side }}_value as node_value
    from {{ links }}
    inner join {{ nodes }}
        on
            {{ links }}.{{ other }}_type = {{ nodes }}.node_type
            and {{ links }}.{{ other }}_value = {{ nodes }}.node_value
    where
        {{ links }}.{{ side }}_type = '{{ wanted_type }}'
        and {{ links }}.{{ other }}_type = '{{ node_type }}'
{%- endmacro %}

{# Whether either end of a link is among nodes. #}
{% macro has_end_in(links, nodes) -%}
    {%- for side in ['left', 'right'] -%}
        exists (
            select 1
            from {{ nodes }}
            where
                {{ nodes }}.node_type = {{ links }}.{{ side }}_type
                and {{ nodes }}.node_value = {{ links }}.{{ side }}_value
        )
        {{ 'or ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# Whether two rows are about the same pair of identifiers. #}
{% macro is_same_link(one, other) -%}
    {{ one }}.left_value = {{ other }}.left_value
    and {{ one }}.right_value = {{ other }}.right_value
    and {{ one }}.left_type = {{ other }}.left_type
    and {{ one }}.right_type = {{ other }}.right_type
{%- endmacro %}

{# What makes a link one link. #}
{% macro link_key(relation=none) -%}
    {%- set prefix = relation ~ '.' if relation else '' -%}
    {%- for column in ['left_type', 'left_value', 'right_type', 'right_value'] -%}
        {{ prefix }}{{ column }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# What is linked with devices among nodes, as a select. #}
{% macro seen_on(links, nodes) -%}
    select
        {{ links }}.right_type as node_type,
        {{ links }}.right_value as node_value
    from {{ links }}
    inner join {{ nodes }}
        on
            {{ links }}.left_type = {{ nodes }}.node_type
            and {{ links }}.left_value = {{ nodes }}.node_value
    where {{ links }}.left_type = 'anonymous_id'
{%- endmacro %}

{# Shared devices that links with nodes are refused for, as a select. #}
{% macro lending(links, nodes) -%}
    select distinct
        {{ links }}.left_type as node_type,
        {{ links }}.left_value as node_value
    from {{ links }}
    inner join {{ nodes }}
        on
            {{ links }}.right_type = {{ nodes }}.node_type
            and {{ links }}.right_value = {{ nodes }}.node_value
    where {{ is_lent(links) }}
{%- endmacro %}

{# Whether a link is refused because the device, on its left, is shared. #}
{% macro is_lent(links) -%}
    {{ links }}.left_type = 'anonymous_id'
    and {{ links }}.refusal_reason = 'shared_anonymous_id'
{%- endmacro %}

{# Every identifier of the customers that nodes belong to so far, as a select. #}
{% macro fellows(contracted, nodes) -%}
    select
        members.identifier_type as node_type,
        members.identifier_value as node_value
    from {{ contracted }} as members
    where
        members.customer_id in (
            select named.customer_id
            from {{ contracted }} as named
            inner join {{ nodes }}
                on
                    named.identifier_value = {{ nodes }}.node_value
                    and named.identifier_type = {{ nodes }}.node_type
        )
{%- endmacro %}

{# The order of identifiers from the oldest to the newest: by what no later edit in a
   tool can undo, then by any sight, then by name so that it is one order. #}
{% macro by_age(relation) -%}
    case when {{ relation }}.lasting_since_at is null then 1 else 0 end,
    {{ relation }}.lasting_since_at,
    {{ relation }}.first_seen_at,
    {{ relation }}.identifier_type,
    {{ relation }}.identifier_value
{%- endmacro %}

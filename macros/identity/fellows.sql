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

{# The order of identifiers from who was known first to the last: by what no later edit
   in a tool can undo, a device from the moment that somebody was known on it, and so
   before those known in that moment; then by any sight, then by name so that it is one
   order. #}
{% macro by_age(relation) -%}
    case when {{ relation }}.known_since_at is null then 1 else 0 end,
    {{ relation }}.known_since_at,
    case when {{ relation }}.identifier_type = 'anonymous_id' then 0 else 1 end,
    {{ relation }}.first_seen_at,
    {{ relation }}.identifier_type,
    {{ relation }}.identifier_value
{%- endmacro %}

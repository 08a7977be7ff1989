{# Claims that two identifiers are one person's, as a select: a row per pair. Without
   the right side: mentions of one identifier. relation: where the columns are; columns
   are named like the kind of identifier that they hold, unless said otherwise. #}
{% macro claimed_link(
    relation, claimed_by, left_type, right_type=none, left_value=none, right_value=none
) %}
    {% set left_value = left_value or left_type %}
    {% set right_value = right_value or right_type %}
    select
        '{{ claimed_by }}' as claimed_by,
        '{{ left_type }}' as left_type,
        {{ left_value }} as left_value,
        cast({{ "'" ~ right_type ~ "'" if right_type else 'null' }} as {{ dbt.type_string() }})
            as right_type,
        cast({{ right_value or 'null' }} as {{ dbt.type_string() }}) as right_value,
        first_seen_at
    from {{ relation }}
    where
        {{ left_value }} is not null
        {% if right_value %} and {{ right_value }} is not null {% endif %}
{% endmacro %}

{# One claim that two identifiers are one person's, as a select: a row per pair. Without
   the right side: a mention of one identifier. relation: where the columns are. #}
{% macro claimed_link(relation, claimed_by, left_type, left_value, right_type=none, right_value=none) %}
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

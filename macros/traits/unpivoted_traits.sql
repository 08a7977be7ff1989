{# A select with one row per statement and trait, of rows with a column per trait. #}
{% macro unpivoted_traits(relation, trait_names) %}
    select
        statements.customer_id,
        statements.source_name,
        trait_names.trait_name,
        case trait_names.trait_name
            {% for name in trait_names %}
                when '{{ name }}'
                    then cast(statements.{{ name }} as {{ dbt.type_string() }})
            {% endfor %}
        end as trait_value,
        statements.stated_at
    from {{ relation }} as statements
    cross join (
        {% for name in trait_names %}
            select '{{ name }}' as trait_name
            {% if not loop.last %} union all {% endif %}
        {% endfor %}
    ) as trait_names
    where statements.customer_id is not null
{% endmacro %}

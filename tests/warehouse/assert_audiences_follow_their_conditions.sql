-- What dbt_project.yml says of an audience is what its model does.
with customers as (

    select * from {{ ref('customers') }}

),

members as (

    {% for audience in var('audiences') %}
        select
            '{{ audience }}' as audience_name,
            customer_id
        from {{ ref(audience) }}
        {% if not loop.last %} union all {% endif %}
    {% endfor %}

),

expected as (

    {% for audience in var('audiences') %}
        select
            '{{ audience }}' as audience_name,
            customer_id
        from customers
        where {{ meets_conditions(audience) }}
        {% if not loop.last %} union all {% endif %}
    {% endfor %}

)

(select * from members except select * from expected)
union all
(select * from expected except select * from members)

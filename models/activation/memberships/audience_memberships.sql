{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key='audience_membership_id',
        full_refresh=false,
        on_schema_change='append_new_columns',
        meta={'keeps_history': true},
    )
}}

with members as (

    {% for audience in var('audiences') %}
        select
            '{{ audience }}' as audience_name,
            customer_id
        from {{ ref(audience) }}
        {% if not loop.last %} union all {% endif %}
    {% endfor %}

),

customers as (

    select * from {{ ref('customers') }}

),

{% if is_incremental() %}
    memberships as (

        select * from {{ this }}
        where left_at is null

    ),

    departed as (

        select
            memberships.audience_name,
            memberships.customer_id,
            memberships.entered_at,
            {{ as_of() }} as left_at,
            memberships.entered_because,
            {{ left_because('memberships.audience_name', 'customers') }} as left_because
        from memberships
        left join members
            on
                memberships.audience_name = members.audience_name
                and memberships.customer_id = members.customer_id
        left join customers on memberships.customer_id = customers.customer_id
        where members.customer_id is null

    ),
{% endif %}

entered as (

    select
        members.audience_name,
        members.customer_id,
        {{ as_of() }} as entered_at,
        cast(null as {{ dbt.type_timestamp() }}) as left_at,
        {% if is_incremental() %}
            {{ entered_because('members.audience_name') }} as entered_because,
        {% else %}
            'was in it when its history began' as entered_because,
        {% endif %}
        cast(null as {{ dbt.type_string() }}) as left_because
    from members
    inner join customers on members.customer_id = customers.customer_id
    {% if is_incremental() %}
        left join memberships
            on
                members.audience_name = memberships.audience_name
                and members.customer_id = memberships.customer_id
        where memberships.customer_id is null
    {% endif %}

),

moved as (

    select * from entered
    {% if is_incremental() %}
        union all
        select * from departed
    {% endif %}

)

select
    {{ surrogate_key(['audience_name', 'customer_id', 'entered_at']) }}
        as audience_membership_id,
    *
from moved

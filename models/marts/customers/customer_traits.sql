with of_many_sources as (

    select * from {{ ref('int_traits_ruled') }}

),

leads as (

    select * from {{ ref('int_leads_aggregated_to_customers') }}

),

email_profiles as (

    select * from {{ ref('int_profiles_merged_to_customers') }}

),

of_one_source as (

    {% for name, relation, source, moment in [
        ('lead_status', 'leads', 'lead_told_by', 'last_updated_at'),
        ('account_name', 'leads', 'account_told_by', 'last_updated_at'),
        (
            'is_email_subscriber', 'email_profiles', "'email_platform'",
            'email_profile_updated_at',
        ),
    ] %}
        select
            customer_id,
            '{{ name }}' as trait_name,
            cast({{ name }} as {{ dbt.type_string() }}) as trait_value,
            {{ source }} as source_name,
            1 as source_count,
            1 as value_count,
            'only ' || {{ source }} || ' says this' as precedence_rule,
            {{ moment }} as observed_at
        from {{ relation }}
        where {{ name }} is not null
        {% if not loop.last %} union all {% endif %}
    {% endfor %}

),

customers as (

    select customer_id
    from {{ ref('int_identifiers_aggregated_to_customers') }}
    where is_identified

),

-- nobody says what most people are: the wide table takes them for retail customers
assumed as (

    select
        customers.customer_id,
        'customer_type' as trait_name,
        'retail' as trait_value,
        'assumed' as source_name,
        0 as source_count,
        0 as value_count,
        'nobody says; retail is assumed' as precedence_rule,
        cast(null as {{ dbt.type_timestamp() }}) as observed_at
    from customers
    left join of_many_sources
        on
            customers.customer_id = of_many_sources.customer_id
            and of_many_sources.trait_name = 'customer_type'
    where of_many_sources.customer_id is null

),

traits as (

    select * from of_many_sources
    union all
    select * from of_one_source
    union all
    select * from assumed

),

keyed as (

    select
        {{ surrogate_key(['customer_id', 'trait_name']) }} as customer_trait_id,
        customer_id,
        trait_name,
        trait_value,
        source_name,
        precedence_rule,
        cast(source_count as bigint) as source_count,
        cast(value_count as bigint) as value_count,
        observed_at
    from traits

)

select * from keyed

with of_many_sources as (

    select * from {{ ref('int_traits_ruled') }}

),

-- the wide table calls the company that counts the account, as sales does
accounts as (

    select
        customer_id,
        'account_name' as trait_name,
        trait_value,
        source_name,
        source_count,
        value_count,
        precedence_rule,
        observed_at
    from of_many_sources
    where trait_name = 'company_name'

),

customers as (

    select customer_id
    from {{ ref('int_identifiers_aggregated_to_customers') }}
    where is_identified

),

-- nobody says what most people are: the wide table takes them for retail customers who
-- may not be mailed
assumed as (

    {% for name, value, said in [
        ('customer_type', 'retail', 'retail is assumed'),
        ('is_email_subscriber', 'false', 'nobody may be mailed unasked'),
    ] %}
        select
            customers.customer_id,
            '{{ name }}' as trait_name,
            '{{ value }}' as trait_value,
            'assumed' as source_name,
            0 as source_count,
            0 as value_count,
            'nobody says; {{ said }}' as precedence_rule,
            cast(null as {{ dbt.type_timestamp() }}) as observed_at
        from customers
        left join of_many_sources
            on
                customers.customer_id = of_many_sources.customer_id
                and of_many_sources.trait_name = '{{ name }}'
        where of_many_sources.customer_id is null
        {% if not loop.last %} union all {% endif %}
    {% endfor %}

),

traits as (

    select * from of_many_sources
    union all
    select * from accounts
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

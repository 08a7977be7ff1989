with identifiers as (

    select * from {{ ref('int_identifiers_aggregated_to_customers') }}

),

traits as (

    select * from {{ ref('int_traits_chosen') }}

),

pivoted as (

    select
        {% for name in var('stated_traits') %}
            max(case when trait_name = '{{ name }}' then trait_value end)
                as {{ name }},
        {% endfor %}
        customer_id
    from traits
    group by customer_id

),

merged as (

    select
        identifiers.customer_id,
        identifiers.user_id,
        pivoted.email,
        pivoted.first_name,
        pivoted.last_name,
        pivoted.phone,
        pivoted.city,
        pivoted.country_code,
        pivoted.company_name,
        pivoted.customer_type,
        pivoted.lead_status,
        identifiers.is_identified,
        pivoted.is_email_subscriber = 'true' as is_email_subscriber,
        try_cast(pivoted.birth_date as date) as birth_date,
        identifiers.first_received_at
    from identifiers
    left join pivoted on identifiers.customer_id = pivoted.customer_id

)

select * from merged

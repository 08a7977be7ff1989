with leads as (

    select
        customer_id,
        case crm_name when 'hubspot' then 'marketing' else 'crm' end as source_name,
        lead_status,
        lead_source,
        cast(null as boolean) as is_email_subscriber,
        updated_at as stated_at
    from {{ ref('leads') }}
    where customer_id is not null

),

identifiers as (

    select * from {{ ref('customer_identifiers') }}
    where identifier_type = 'email_profile_id'

),

profiles as (

    select * from {{ ref('stg_klaviyo__profiles') }}

),

customer_profiles as (

    select
        identifiers.customer_id,
        profiles.is_subscribed,
        profiles.updated_at
    from profiles
    inner join identifiers on profiles.profile_id = identifiers.identifier_value

),

-- whoever may be mailed under one address may be mailed
subscribers as (

    select
        customer_id,
        'email_platform' as source_name,
        max(case when is_subscribed then 1 else 0 end) = 1 as is_email_subscriber,
        max(updated_at) as stated_at
    from customer_profiles
    group by customer_id

),

newsletter as (

    select
        customer_id,
        'newsletter' as source_name,
        has_joined_newsletter as is_email_subscriber,
        newsletter_changed_at as stated_at
    from {{ ref('int_visits_aggregated_to_customers') }}
    where newsletter_changed_at is not null

),

standings as (

    select * from leads
    {% for relation in ['subscribers', 'newsletter'] %}
        union all
        select
            customer_id,
            source_name,
            cast(null as {{ dbt.type_string() }}) as lead_status,
            cast(null as {{ dbt.type_string() }}) as lead_source,
            is_email_subscriber,
            stated_at
        from {{ relation }}
    {% endfor %}

)

select * from standings

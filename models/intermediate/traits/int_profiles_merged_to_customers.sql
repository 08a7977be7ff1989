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

profile_customers as (

    select
        identifier_value,
        customer_id
    from {{ ref('customer_identifiers') }}
    where identifier_type = 'email_profile_id'

),

email_profiles as (

    select
        profile_id,
        is_subscribed,
        updated_at
    from {{ ref('stg_klaviyo__profiles') }}

),

subscribers as (

    select
        profile_customers.customer_id,
        max(case when email_profiles.is_subscribed then 1 else 0 end) = 1
            as is_email_subscriber,
        max(email_profiles.updated_at) as email_profile_updated_at
    from email_profiles
    inner join profile_customers
        on email_profiles.profile_id = profile_customers.identifier_value
    group by profile_customers.customer_id

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
        identifiers.is_identified,
        subscribers.is_email_subscriber,
        try_cast(pivoted.birth_date as date) as birth_date,
        identifiers.first_received_at,
        subscribers.email_profile_updated_at
    from identifiers
    left join pivoted on identifiers.customer_id = pivoted.customer_id
    left join subscribers on identifiers.customer_id = subscribers.customer_id

)

select * from merged

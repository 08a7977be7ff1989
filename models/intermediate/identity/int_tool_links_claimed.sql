with payments_customers as (

    select
        *,
        created_at as first_seen_at
    from {{ ref('stg_stripe__customers') }}

),

leads as (

    select
        *,
        created_at as first_seen_at
    from {{ ref('stg_salesforce__leads') }}

),

requesters as (

    select
        requester_id as support_requester_id,
        user_id,
        {{ normalised_email('email') }} as email,
        created_at as first_seen_at
    from {{ ref('stg_zendesk__users') }}

),

profiles as (

    select
        profile_id as email_profile_id,
        user_id,
        {{ normalised_email('email') }} as email,
        created_at as first_seen_at
    from {{ ref('stg_klaviyo__profiles') }}

),

contacts as (

    select
        contact_id as marketing_contact_id,
        {{ normalised_email('email') }} as email,
        created_at as first_seen_at
    from {{ ref('stg_hubspot__contacts') }}

),

shoppers as (

    select * from {{ ref('int_shoppers_combined') }}

),

users as (

    select
        *,
        created_at as first_seen_at
    from {{ ref('stg_accounts__users') }}

),

claims as (

    {{ claimed_links('users', 'user_tables', 'user_id', ['email']) }}
    union all
    {{ claimed_links('contacts', 'hubspot', 'marketing_contact_id', ['email']) }}
    union all
    {{ claimed_links('leads', 'salesforce', 'lead_id', ['email']) }}
    union all
    {{
        claimed_links(
            'payments_customers', 'stripe', 'payments_customer_id', ['email', 'user_id']
        )
    }}
    union all
    {{
        claimed_links(
            'requesters', 'zendesk', 'support_requester_id', ['email', 'user_id']
        )
    }}
    union all
    {{ claimed_links('shoppers', 'shopify', 'shop_customer_id', ['email', 'user_id']) }}
    union all
    {{ claimed_links('profiles', 'klaviyo', 'email_profile_id', ['email', 'user_id']) }}

)

select * from claims

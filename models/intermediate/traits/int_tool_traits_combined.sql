with identifiers as (

    select * from {{ ref('customer_identifiers') }}

),

payments as (

    select * from {{ ref('stg_stripe__customers') }}

),

leads as (

    select * from {{ ref('stg_salesforce__leads') }}

),

accounts as (

    select * from {{ ref('stg_salesforce__accounts') }}

),

lead_accounts as (

    select
        leads.lead_id,
        accounts.account_name,
        accounts.customer_type,
        accounts.updated_at
    from leads
    inner join accounts on leads.converted_account_id = accounts.account_id

),

requesters as (

    select * from {{ ref('stg_zendesk__users') }}

),

profiles as (

    select * from {{ ref('stg_klaviyo__profiles') }}

),

records as (

    select
        'payments' as source_name,
        'payments_customer_id' as identifier_type,
        payments_customer_id as identifier_value,
        email,
        null as first_name,
        null as last_name,
        null as company_name,
        country_code,
        null as customer_type,
        created_at as stated_at
    from payments
    union all
    select
        'crm' as source_name,
        'lead_id' as identifier_type,
        lead_id as identifier_value,
        email,
        first_name,
        last_name,
        company_name,
        null as country_code,
        null as customer_type,
        updated_at as stated_at
    from leads
    union all
    select
        'crm_account' as source_name,
        'lead_id' as identifier_type,
        lead_id as identifier_value,
        null as email,
        null as first_name,
        null as last_name,
        account_name as company_name,
        null as country_code,
        customer_type,
        updated_at as stated_at
    from lead_accounts
    union all
    select
        'support' as source_name,
        'support_requester_id' as identifier_type,
        requester_id as identifier_value,
        email,
        null as first_name,
        null as last_name,
        null as company_name,
        null as country_code,
        null as customer_type,
        updated_at as stated_at
    from requesters
    union all
    select
        'email_platform' as source_name,
        'email_profile_id' as identifier_type,
        profile_id as identifier_value,
        email,
        first_name,
        last_name,
        null as company_name,
        null as country_code,
        null as customer_type,
        updated_at as stated_at
    from profiles

)

select
    identifiers.customer_id,
    records.source_name,
    records.email,
    records.first_name,
    records.last_name,
    cast(null as {{ dbt.type_string() }}) as phone,
    cast(null as {{ dbt.type_string() }}) as birth_date,
    cast(null as {{ dbt.type_string() }}) as city,
    records.country_code,
    records.company_name,
    records.customer_type,
    records.stated_at
from records
inner join identifiers
    on
        records.identifier_type = identifiers.identifier_type
        and records.identifier_value = identifiers.identifier_value

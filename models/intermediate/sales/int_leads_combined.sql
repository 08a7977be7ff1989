with leads as (

    select * from {{ ref('int_salesforce_leads_dated') }}

),

accounts as (

    select * from {{ ref('stg_salesforce__accounts') }}

),

lead_customers as (

    select
        identifier_value,
        customer_id
    from {{ ref('customer_identifiers') }}
    where identifier_type = 'lead_id'

),

contacts as (

    select * from {{ ref('int_hubspot_leads_qualified') }}

),

companies as (

    select * from {{ ref('stg_hubspot__companies') }}

),

combined as (

    select
        leads.lead_id,
        'salesforce' as crm_name,
        lead_customers.customer_id,
        leads.converted_account_id as account_id,
        leads.email,
        leads.company_name,
        accounts.account_name,
        accounts.customer_type,
        leads.lead_source,
        leads.lead_status,
        leads.employee_count,
        leads.is_converted,
        leads.is_qualified,
        leads.created_at,
        leads.updated_at,
        leads.converted_at as qualified_at,
        accounts.created_at as account_created_at
    from leads
    left join accounts on leads.converted_account_id = accounts.account_id
    left join lead_customers on leads.lead_id = lead_customers.identifier_value
    union all
    select
        contacts.contact_id as lead_id,
        'hubspot' as crm_name,
        contacts.customer_id,
        case when contacts.is_converted then companies.company_id end as account_id,
        contacts.email,
        coalesce(contacts.company_name, companies.company_name) as company_name,
        case when contacts.is_converted then companies.company_name end as account_name,
        cast(null as {{ dbt.type_string() }}) as customer_type,
        contacts.original_source as lead_source,
        coalesce(contacts.lead_status, contacts.lifecycle_stage) as lead_status,
        companies.employee_count,
        contacts.is_converted,
        contacts.is_qualified,
        coalesce(contacts.became_lead_at, contacts.created_at) as created_at,
        contacts.updated_at,
        contacts.qualified_at,
        case when contacts.is_converted then companies.created_at end
            as account_created_at
    from contacts
    left join companies on contacts.company_id = companies.company_id

)

select * from combined

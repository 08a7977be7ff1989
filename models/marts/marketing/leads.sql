with leads as (

    select * from {{ ref('stg_salesforce__leads') }}

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

resolved as (

    select
        -- ids
        leads.lead_id,
        lead_customers.customer_id,
        leads.converted_account_id as account_id,

        -- strings
        leads.email,
        leads.company_name,
        accounts.account_name,
        accounts.customer_type,
        leads.lead_source,
        leads.lead_status,

        -- numbers
        cast(leads.employee_count as bigint) as employee_count,

        -- booleans
        coalesce(leads.is_converted, false) as is_converted,
        coalesce(leads.is_qualified, false) as is_qualified,

        -- timestamps
        leads.created_at,
        leads.updated_at,
        accounts.created_at as account_created_at
    from leads
    left join accounts on leads.converted_account_id = accounts.account_id
    left join lead_customers on leads.lead_id = lead_customers.identifier_value

)

select * from resolved

with contacts as (

    select * from {{ ref('stg_hubspot__contacts') }}

),

identifiers as (

    select * from {{ ref('customer_identifiers') }}

),

leads as (

    select * from {{ ref('stg_salesforce__leads') }}

),

salesforce_leads as (

    select
        leads.lead_id,
        leads.converted_contact_id,
        identifiers.customer_id
    from leads
    left join identifiers
        on
            leads.lead_id = identifiers.identifier_value
            and identifiers.identifier_type = 'lead_id'

),

resolved as (

    select
        contacts.*,
        identifiers.customer_id
    from contacts
    left join identifiers
        on
            contacts.contact_id = identifiers.identifier_value
            and identifiers.identifier_type = 'marketing_contact_id'

),

-- the same person, or the record that HubSpot's own integration made the contact of
told as (

    select resolved.contact_id
    from resolved
    inner join salesforce_leads
        on resolved.customer_id = salesforce_leads.customer_id
    union distinct
    select resolved.contact_id
    from resolved
    inner join salesforce_leads
        on resolved.salesforce_lead_id = salesforce_leads.lead_id
    union distinct
    select resolved.contact_id
    from resolved
    inner join salesforce_leads
        on resolved.salesforce_contact_id = salesforce_leads.converted_contact_id

),

untold as (

    select resolved.*
    from resolved
    left join told on resolved.contact_id = told.contact_id
    where told.contact_id is null

)

select * from untold

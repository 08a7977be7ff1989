with opportunities as (

    select * from {{ ref('int_opportunities_combined') }}

),

leads as (

    select * from {{ ref('int_leads_combined') }}

),

deal_contacts as (

    select * from {{ ref('int_deal_contacts_extracted') }}

),

contacts as (

    select * from {{ ref('int_hubspot_contacts_untold') }}

),

account_leads as (

    select
        account_id,
        min(lead_id) as lead_id
    from leads
    where crm_name = 'salesforce' and account_id is not null
    group by account_id

),

resolved as (

    select
        opportunities.opportunity_id,
        leads.customer_id,
        leads.lead_id as person_id
    from opportunities
    inner join account_leads on opportunities.account_id = account_leads.account_id
    inner join leads on account_leads.lead_id = leads.lead_id
    where opportunities.crm_name = 'salesforce' and leads.customer_id is not null
    union all
    select
        opportunities.opportunity_id,
        contacts.customer_id,
        min(contacts.contact_id) as person_id
    from opportunities
    inner join deal_contacts on opportunities.opportunity_id = deal_contacts.deal_id
    inner join contacts on deal_contacts.contact_id = contacts.contact_id
    where opportunities.crm_name = 'hubspot' and contacts.customer_id is not null
    group by opportunities.opportunity_id, contacts.customer_id

)

select * from resolved

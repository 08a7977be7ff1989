with opportunities as (

    select * from {{ ref('stg_salesforce__opportunities') }}

),

deals as (

    select * from {{ ref('stg_hubspot__deals') }}

),

deal_contacts as (

    select * from {{ ref('int_deal_contacts_extracted') }}

),

contacts as (

    select * from {{ ref('stg_hubspot__contacts') }}

),

untold_contacts as (

    select * from {{ ref('int_hubspot_contacts_untold') }}

),

-- a sale to people whom Salesforce knows, all of them, is for Salesforce to tell
told_deals as (

    select deal_contacts.deal_id
    from deal_contacts
    inner join contacts on deal_contacts.contact_id = contacts.contact_id
    left join untold_contacts
        on deal_contacts.contact_id = untold_contacts.contact_id
    group by deal_contacts.deal_id
    having count(untold_contacts.contact_id) = 0

),

combined as (

    select
        opportunity_id,
        'salesforce' as crm_name,
        account_id,
        stage_name,
        opportunity_amount,
        is_closed,
        is_won,
        created_at as opened_at,
        cast(close_date as {{ dbt.type_timestamp() }}) as closed_at
    from opportunities
    union all
    select
        deals.deal_id as opportunity_id,
        'hubspot' as crm_name,
        deals.company_id as account_id,
        deals.stage_name,
        deals.deal_amount as opportunity_amount,
        deals.is_closed,
        deals.is_won,
        deals.created_at as opened_at,
        deals.closed_at
    from deals
    left join told_deals on deals.deal_id = told_deals.deal_id
    left join opportunities
        on deals.salesforce_opportunity_id = opportunities.opportunity_id
    where told_deals.deal_id is null and opportunities.opportunity_id is null

)

select * from combined

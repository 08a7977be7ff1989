with identifiers as (

    select * from {{ ref('customer_identifiers') }}

),

email_events as (

    select
        'klaviyo_' || email_event_id as touch_id,
        'email_profile_id' as identifier_type,
        profile_id as identifier_value,
        'email' as touch_type,
        metric_name as touch_name,
        'email' as channel_name,
        occurred_at
    from {{ ref('stg_klaviyo__events') }}

),

tickets as (

    select
        'zendesk_' || ticket_id as touch_id,
        'support_requester_id' as identifier_type,
        requester_id as identifier_value,
        'ticket' as touch_type,
        'ticket opened' as touch_name,
        channel_name,
        created_at as occurred_at
    from {{ ref('stg_zendesk__tickets') }}

),

leads as (

    select * from {{ ref('stg_salesforce__leads') }}

),

opportunities as (

    select * from {{ ref('stg_salesforce__opportunities') }}

),

sales_contacts as (

    select
        'salesforce_' || lead_id as touch_id,
        'lead_id' as identifier_type,
        lead_id as identifier_value,
        'sales' as touch_type,
        'lead created' as touch_name,
        'sales' as channel_name,
        created_at as occurred_at
    from leads
    union all
    select
        'salesforce_' || opportunities.opportunity_id as touch_id,
        'lead_id' as identifier_type,
        min(leads.lead_id) as identifier_value,
        'sales' as touch_type,
        'opportunity opened' as touch_name,
        'sales' as channel_name,
        min(opportunities.created_at) as occurred_at
    from opportunities
    inner join leads on opportunities.account_id = leads.converted_account_id
    group by opportunities.opportunity_id

),

touches as (

    select * from email_events
    union all
    select * from tickets
    union all
    select * from sales_contacts

),

resolved as (

    select
        touches.touch_id,
        identifiers.customer_id,
        touches.touch_type,
        touches.touch_name,
        touches.channel_name,
        touches.occurred_at
    from touches
    inner join identifiers
        on
            touches.identifier_type = identifiers.identifier_type
            and touches.identifier_value = identifiers.identifier_value

)

select * from resolved

with calls as (

    select * from {{ ref('stg_salesforce__tasks') }}
    where is_call and is_closed and who_id is not null

),

leads as (

    select * from {{ ref('stg_salesforce__leads') }}

),

-- a call is about a lead, or about the contact that the lead became
called_leads as (

    select
        lead_id as who_id,
        lead_id
    from leads
    union all
    select
        converted_contact_id as who_id,
        min(lead_id) as lead_id
    from leads
    where converted_contact_id is not null
    group by converted_contact_id

),

lead_customers as (

    select
        identifier_value as lead_id,
        customer_id
    from {{ ref('customer_identifiers') }}
    where identifier_type = 'lead_id'

),

resolved as (

    select
        'salesforce_' || calls.task_id as touch_id,
        lead_customers.customer_id,
        'sales_call' as touch_type,
        coalesce(calls.call_result, 'call') as touch_name,
        'phone' as channel_name,
        coalesce(calls.completed_at, calls.created_at) as occurred_at
    from calls
    inner join called_leads on calls.who_id = called_leads.who_id
    inner join lead_customers on called_leads.lead_id = lead_customers.lead_id

)

select * from resolved

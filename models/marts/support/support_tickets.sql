with tickets as (

    select * from {{ ref('stg_zendesk__tickets') }}

),

requester_customers as (

    select
        identifier_value,
        customer_id
    from {{ ref('customer_identifiers') }}
    where identifier_type = 'support_requester_id'

),

resolved as (

    select
        -- ids
        tickets.ticket_id,
        requester_customers.customer_id,

        -- strings
        tickets.subject,
        tickets.channel_name,
        tickets.priority,
        tickets.ticket_status,
        tickets.satisfaction_score,

        -- timestamps
        tickets.created_at,
        tickets.updated_at
    from tickets
    left join requester_customers
        on tickets.requester_id = requester_customers.identifier_value

)

select * from resolved

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

ticket_comments as (

    select * from {{ ref('stg_zendesk__comments') }}
    where is_public

),

askers as (

    select * from {{ ref('stg_zendesk__users') }}

),

-- who does not ask is an agent; who was deleted since is not listed, but asked
replies as (

    select
        ticket_comments.ticket_id,
        min(ticket_comments.commented_at) as first_replied_at,
        count(*) as reply_count
    from ticket_comments
    inner join tickets on ticket_comments.ticket_id = tickets.ticket_id
    left join askers on ticket_comments.author_id = askers.requester_id
    where
        askers.requester_id is null
        and coalesce(ticket_comments.author_id <> tickets.requester_id, true)
    group by ticket_comments.ticket_id

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

        -- numbers
        cast(coalesce(replies.reply_count, 0) as bigint) as reply_count,
        cast(
            {{
                dbt.datediff(
                    'tickets.created_at', 'replies.first_replied_at', 'minute'
                )
            }} as bigint
        ) as first_reply_minutes,

        -- timestamps
        tickets.created_at,
        replies.first_replied_at,
        tickets.updated_at
    from tickets
    left join requester_customers
        on tickets.requester_id = requester_customers.identifier_value
    left join replies on tickets.ticket_id = replies.ticket_id

)

select * from resolved

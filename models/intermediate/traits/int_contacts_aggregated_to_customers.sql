with tickets as (

    select
        customer_id,
        count(*) as support_ticket_count,
        count(case when {{ is_within_last('created_at', 90) }} then 1 end)
            as support_ticket_count_last_90_days,
        max(created_at) as last_ticket_at
    from {{ ref('support_tickets') }}
    where customer_id is not null
    group by customer_id

),

email_opens as (

    select
        customer_id,
        count(case when {{ is_within_last('occurred_at', 90) }} then 1 end)
            as email_open_count_last_90_days
    from {{ ref('email_events') }}
    where customer_id is not null and metric_name = 'Opened Email'
    group by customer_id

),

combined as (

    select
        coalesce(tickets.customer_id, email_opens.customer_id) as customer_id,
        coalesce(tickets.support_ticket_count, 0) as support_ticket_count,
        coalesce(tickets.support_ticket_count_last_90_days, 0)
            as support_ticket_count_last_90_days,
        coalesce(email_opens.email_open_count_last_90_days, 0)
            as email_open_count_last_90_days,
        tickets.last_ticket_at
    from tickets
    full join email_opens on tickets.customer_id = email_opens.customer_id

)

select * from combined

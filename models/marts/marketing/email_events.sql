with email_events as (

    select * from {{ ref('stg_klaviyo__events') }}

),

profile_customers as (

    select
        identifier_value,
        customer_id
    from {{ ref('customer_identifiers') }}
    where identifier_type = 'email_profile_id'

),

resolved as (

    select
        -- ids
        email_events.email_event_id,
        profile_customers.customer_id,
        email_events.profile_id,
        email_events.message_id,

        -- strings
        email_events.metric_name,
        email_events.campaign_name,

        -- timestamps
        email_events.occurred_at
    from email_events
    left join profile_customers
        on email_events.profile_id = profile_customers.identifier_value

)

select * from resolved

{{ config(materialized='view') }}

with events as (

    select * from {{ ref('int_events_deduplicated') }}

),

logins as (

    select
        identifier_value,
        customer_id
    from {{ ref('customer_identifiers') }}
    where identifier_type = 'user_id'

),

devices as (

    select
        identifier_value,
        customer_id
    from {{ ref('customer_identifiers') }}
    where identifier_type = 'anonymous_id'

),

assigned as (

    select * from {{ ref('int_shared_device_events_assigned') }}

),

before_login as (

    select
        assigned.event_id,
        logins.customer_id
    from assigned
    inner join logins on assigned.user_id = logins.identifier_value

),

resolved as (

    select
        events.*,
        coalesce(
            logins.customer_id, before_login.customer_id, devices.customer_id
        ) as customer_id
    from events
    left join logins on events.user_id = logins.identifier_value
    left join before_login on events.event_id = before_login.event_id
    left join devices on events.anonymous_id = devices.identifier_value

)

select * from resolved

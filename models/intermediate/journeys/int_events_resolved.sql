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

addresses as (

    select
        identifier_value,
        customer_id
    from {{ ref('customer_identifiers') }}
    where identifier_type = 'email'

),

claimed_elsewhere as (

    select * from {{ ref('int_events_reassigned') }}

),

reassigned as (

    select
        claimed_elsewhere.event_id,
        claimed_elsewhere.is_login_shared,
        addresses.customer_id
    from claimed_elsewhere
    left join addresses on claimed_elsewhere.email = addresses.identifier_value

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
            reassigned.customer_id,
            case when reassigned.is_login_shared then null else logins.customer_id end,
            before_login.customer_id,
            devices.customer_id,
            logins.customer_id
        ) as customer_id
    from events
    left join reassigned on events.event_id = reassigned.event_id
    left join logins on events.user_id = logins.identifier_value
    left join before_login on events.event_id = before_login.event_id
    left join devices on events.anonymous_id = devices.identifier_value

)

select * from resolved

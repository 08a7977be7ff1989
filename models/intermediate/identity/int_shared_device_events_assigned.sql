with device_logins as (

    select distinct
        left_value as anonymous_id,
        right_value as login_id
    from {{ ref('int_links_judged') }}
    where
        left_type = 'anonymous_id'
        and right_type = 'user_id'
        and refusal_reason = 'shared_anonymous_id'

),

shared_devices as (

    select distinct anonymous_id from device_logins

),

events as (

    select * from {{ ref('int_events_deduplicated') }}

),

device_events as (

    select
        events.event_id,
        events.anonymous_id,
        events.occurred_at,
        device_logins.login_id
    from events
    inner join shared_devices on events.anonymous_id = shared_devices.anonymous_id
    left join device_logins
        on
            events.anonymous_id = device_logins.anonymous_id
            and events.user_id = device_logins.login_id

),

lagged as (

    select
        *,
        lag(login_id) over (
            partition by anonymous_id
            order by occurred_at, event_id
        ) as previous_login_id,
        lag(occurred_at) over (
            partition by anonymous_id
            order by occurred_at, event_id
        ) as previous_occurred_at
    from device_events

),

numbered as (

    select
        *,
        sum(
            case
                -- whoever was logged in has left: the login is gone or another one
                when previous_login_id <> coalesce(login_id, '') then 1
                when {{ continues_visit() }} then 0
                else 1
            end
        ) over (
            partition by anonymous_id
            order by occurred_at, event_id
            rows between unbounded preceding and current row
        ) as stretch_number
    from lagged

),

stretches as (

    select
        *,
        max(login_id) over (partition by anonymous_id, stretch_number) as user_id
    from numbered

),

assigned as (

    select
        event_id,
        user_id
    from stretches
    where login_id is null and user_id is not null

)

select * from assigned

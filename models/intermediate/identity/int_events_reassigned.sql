with links as (

    select * from {{ ref('int_links_judged') }}

),

login_ends as (

    select
        left_value as login_id,
        refusal_reason
    from links
    where left_type = 'user_id'
    union all
    select
        right_value as login_id,
        refusal_reason
    from links
    where right_type = 'user_id'

),

-- one that is still somebody's keeps its events
shared_logins as (

    select login_id
    from login_ends
    group by login_id
    having
        max(case when refusal_reason = 'shared_user_id' then 1 else 0 end) = 1
        and max(case when refusal_reason is null then 1 else 0 end) = 0

),

lent_devices as (

    select
        links.left_value as anonymous_id,
        links.right_value as email
    from links
    where links.right_type = 'email' and {{ is_lent('links') }}

),

events as (

    select * from {{ ref('int_events_deduplicated') }}

),

involved as (

    select
        events.event_id,
        events.event_type,
        events.anonymous_id,
        events.user_id,
        events.traits_json,
        events.context_json,
        shared_logins.login_id is not null as is_login_shared
    from events
    left join shared_logins on events.user_id = shared_logins.login_id
    where
        shared_logins.login_id is not null
        or events.anonymous_id in (select lent_devices.anonymous_id from lent_devices)

),

named as (

    select
        event_id,
        anonymous_id,
        user_id,
        is_login_shared,
        {{ event_email() }} as email
    from involved

),

reassigned as (

    select
        named.event_id,
        named.email,
        named.is_login_shared
    from named
    left join lent_devices
        on
            named.anonymous_id = lent_devices.anonymous_id
            and named.email = lent_devices.email
    where
        named.is_login_shared
        or (named.user_id is null and lent_devices.email is not null)

)

select * from reassigned

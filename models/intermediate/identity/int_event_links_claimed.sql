with observed as (

    select * from {{ ref('int_event_identifiers_observed') }}

),

blocked_values as (

    select lower(identifier_value) as identifier_value
    from {{ ref('identity_blocked_values') }}

),

devices as (

    select distinct anonymous_id
    from observed
    where anonymous_id is not null

),

typed as (

    select
        observed.*,
        devices.anonymous_id as previous_anonymous_id,
        case
            when devices.anonymous_id is null then observed.previous_user_id
        end as previous_login_id
    from observed
    left join devices on observed.previous_user_id = devices.anonymous_id

),

without_login as (

    select typed.*
    from typed
    left join blocked_values on lower(typed.user_id) = blocked_values.identifier_value
    where
        typed.user_id is null
        or blocked_values.identifier_value is not null
        or {{ names_nobody("'user_id'", 'typed.user_id') }}

),

claims as (

    {{ claimed_link('typed', 'events', 'anonymous_id') }}
    union all
    {{ claimed_link('typed', 'events', 'user_id') }}
    union all
    {{ claimed_link('typed', 'events', 'email') }}
    union all
    {{ claimed_link('typed', 'events', 'user_id', left_value='previous_login_id') }}
    union all
    {{ claimed_link('typed', 'events', 'anonymous_id', 'user_id') }}
    union all
    {{ claimed_link('typed', 'events', 'user_id', 'email') }}
    union all
    {{ claimed_link('without_login', 'events', 'anonymous_id', 'email') }}
    union all
    {{
        claimed_link(
            'typed', 'events', 'anonymous_id', 'user_id',
            left_value='previous_anonymous_id',
        )
    }}
    union all
    {{
        claimed_link(
            'typed', 'events', 'user_id', 'user_id', left_value='previous_login_id'
        )
    }}

)

select * from claims

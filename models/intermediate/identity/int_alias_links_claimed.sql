with observed as (

    select * from {{ ref('int_event_identifiers_observed') }}

),

aliases as (

    select * from observed
    -- SDKs alias somebody who is logged in already to themselves
    where previous_user_id is not null and previous_user_id <> coalesce(user_id, '')

),

devices as (

    select distinct observed.anonymous_id
    from observed
    inner join aliases on observed.anonymous_id = aliases.previous_user_id

),

typed as (

    select
        aliases.*,
        devices.anonymous_id as previous_anonymous_id,
        case
            when devices.anonymous_id is null then aliases.previous_user_id
        end as previous_login_id
    from aliases
    left join devices on aliases.previous_user_id = devices.anonymous_id

),

claims as (

    {{ claimed_link('typed', 'aliases', 'user_id', left_value='previous_login_id') }}
    union all
    {{
        claimed_link(
            'typed', 'aliases', 'anonymous_id', 'user_id',
            left_value='previous_anonymous_id',
        )
    }}
    union all
    {{
        claimed_link(
            'typed', 'aliases', 'user_id', 'user_id', left_value='previous_login_id'
        )
    }}

)

select * from claims

with event_links as (

    select * from {{ ref('int_event_links_claimed') }}

),

tool_links as (

    select * from {{ ref('int_tool_links_claimed') }}

),

claims as (

    select * from event_links
    union all
    select * from tool_links

),

blocked_values as (

    select lower(identifier_value) as identifier_value
    from {{ ref('identity_blocked_values') }}

),

links as (

    select
        claims.left_type,
        claims.left_value,
        claims.right_type,
        claims.right_value,
        min(claims.claimed_by) as claimed_by,
        min(claims.first_seen_at) as first_seen_at,
        min(
            case
                when
                    claims.claimed_by = 'events'
                    or claims.left_type not in ('email', 'user_id')
                    then claims.first_seen_at
            end
        ) as lasting_since_at
    from claims
    group by
        claims.left_type, claims.left_value, claims.right_type, claims.right_value

),

checked as (

    select
        links.*,
        lefts.identifier_value is not null
        or {{ names_nobody('links.left_type', 'links.left_value') }}
            as is_left_blocked,
        rights.identifier_value is not null
        or {{ names_nobody('links.right_type', 'links.right_value') }}
            as is_right_blocked
    from links
    left join blocked_values as lefts
        on lower(links.left_value) = lefts.identifier_value
    left join blocked_values as rights
        on lower(links.right_value) = rights.identifier_value

)

select * from checked

with links as (

    select * from {{ ref('int_links_in_question') }}
    where not is_withdrawn and not is_left_blocked and not is_right_blocked

),

ends as (

    select
        left_type as node_type,
        left_value as node_value,
        right_type as linked_type,
        right_value as linked_value
    from links
    union
    select
        right_type as node_type,
        right_value as node_value,
        left_type as linked_type,
        left_value as linked_value
    from links

),

counted as (

    select
        node_type,
        node_value,
        case
            when node_type <> 'email' then node_type
            when {{ is_role_address('node_value') }} then 'role_email'
            else node_type
        end as limited_as,
        linked_type,
        count(*) as linked_count
    from ends
    group by node_type, node_value, linked_type

)

select * from counted

with links as (

    select * from {{ ref('int_links_claimed') }}
    where right_type is not null

),

identifiers as (

    select * from {{ ref('int_identifiers_numbered') }}

),

limits as (

    select * from {{ ref('identity_limits') }}

),

numbered as (

    select
        links.*,
        lefts.node_number as left_number,
        rights.node_number as right_number
    from links
    left join identifiers as lefts
        on
            links.left_type = lefts.identifier_type
            and links.left_value = lefts.identifier_value
    left join identifiers as rights
        on
            links.right_type = rights.identifier_type
            and links.right_value = rights.identifier_value

),

ends as (

    select left_number as node_number, left_type as node_type, right_type as linked_type
    from numbered
    where not is_left_blocked and not is_right_blocked
    union all
    select right_number as node_number, right_type as node_type, left_type as linked_type
    from numbered
    where not is_left_blocked and not is_right_blocked

),

counted as (

    select node_number, node_type, linked_type, count(*) as linked_count
    from ends
    group by node_number, node_type, linked_type

),

shared as (

    select
        counted.node_number,
        counted.linked_type,
        limits.is_alone_beyond
    from counted
    inner join limits
        on
            counted.node_type = limits.identifier_type
            and counted.linked_type = limits.linked_type
    where counted.linked_count > limits.limit_count

),

alone as (

    select distinct node_number from shared
    where is_alone_beyond

),

judged as (

    select
        numbered.left_type,
        numbered.left_value,
        numbered.right_type,
        numbered.right_value,
        numbered.claimed_by,
        case
            when numbered.is_left_blocked then 'blocked_' || numbered.left_type
            when numbered.is_right_blocked then 'blocked_' || numbered.right_type
            when left_alone.node_number is not null or left_shared.node_number is not null
                then 'shared_' || numbered.left_type
            when right_alone.node_number is not null or right_shared.node_number is not null
                then 'shared_' || numbered.right_type
        end as refusal_reason,
        numbered.left_number,
        numbered.right_number,
        numbered.first_seen_at
    from numbered
    left join alone as left_alone on numbered.left_number = left_alone.node_number
    left join alone as right_alone on numbered.right_number = right_alone.node_number
    left join shared as left_shared
        on
            numbered.left_number = left_shared.node_number
            and numbered.right_type = left_shared.linked_type
    left join shared as right_shared
        on
            numbered.right_number = right_shared.node_number
            and numbered.left_type = right_shared.linked_type

)

select * from judged

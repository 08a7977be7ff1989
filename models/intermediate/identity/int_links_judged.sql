with links as (

    select * from {{ ref('int_links_numbered') }}

),

shared as (

    select * from {{ ref('int_identifiers_shared') }}

),

judged as (

    select
        links.left_type,
        links.left_value,
        links.right_type,
        links.right_value,
        links.claimed_by,
        case
            when links.is_left_blocked then 'blocked_' || links.left_type
            when links.is_right_blocked then 'blocked_' || links.right_type
            when lefts.node_number is not null then 'shared_' || links.left_type
            when rights.node_number is not null then 'shared_' || links.right_type
        end as refusal_reason,
        case
            when links.is_left_blocked or links.is_right_blocked then 'names nobody'
            else coalesce(lefts.explanation, rights.explanation)
        end as refusal_explanation,
        links.left_number,
        links.right_number,
        links.first_seen_at
    from links
    left join shared as lefts
        on
            links.left_number = lefts.node_number
            and links.right_type = lefts.linked_type
    left join shared as rights
        on
            links.right_number = rights.node_number
            and links.left_type = rights.linked_type

)

select * from judged

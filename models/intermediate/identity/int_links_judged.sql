with links as (

    select * from {{ ref('int_links_numbered') }}

),

shared as (

    select * from {{ ref('int_identifiers_shared') }}

),

cuts as (

    select
        left_type,
        left_value,
        right_type,
        right_value,
        reason
    from {{ ref('identity_cut_links') }}
    union
    select
        right_type as left_type,
        right_value as left_value,
        left_type as right_type,
        left_value as right_value,
        reason
    from {{ ref('identity_cut_links') }}

),

judged as (

    select
        links.left_type,
        links.left_value,
        links.right_type,
        links.right_value,
        links.claimed_by,
        case
            when cuts.left_type is not null then 'cut_by_hand'
            when links.is_left_blocked then 'blocked_' || links.left_type
            when links.is_right_blocked then 'blocked_' || links.right_type
            when lefts.node_number is not null then 'shared_' || links.left_type
            when rights.node_number is not null then 'shared_' || links.right_type
        end as refusal_reason,
        case
            when cuts.left_type is not null then cuts.reason
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
    left join cuts
        on
            links.left_type = cuts.left_type
            and links.left_value = cuts.left_value
            and links.right_type = cuts.right_type
            and links.right_value = cuts.right_value

)

select * from judged

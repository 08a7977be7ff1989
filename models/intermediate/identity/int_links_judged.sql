{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['left_type', 'left_value', 'right_type', 'right_value'],
        on_schema_change='fail',
        pre_hook="{{ require_whole(ref('int_links_in_question')) }}",
    )
}}

with links as (

    select * from {{ ref('int_links_in_question') }}
    where is_judged_anew

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
            when links.is_withdrawn then 'withdrawn'
            when cuts.left_type is not null then 'cut_by_hand'
            when links.is_left_blocked then 'blocked_' || links.left_type
            when links.is_right_blocked then 'blocked_' || links.right_type
            when lefts.node_type is not null then 'shared_' || links.left_type
            when rights.node_type is not null then 'shared_' || links.right_type
        end as refusal_reason,
        case
            when links.is_withdrawn then 'no system says so any more'
            when cuts.left_type is not null then cuts.reason
            when links.is_left_blocked or links.is_right_blocked then 'names nobody'
            else coalesce(lefts.explanation, rights.explanation)
        end as refusal_explanation,
        links.first_seen_at,
        links.rules_version,
        {{ build_moment() }} as changed_at
    from links
    left join shared as lefts
        on
            links.left_value = lefts.node_value
            and links.left_type = lefts.node_type
            and links.right_type = lefts.linked_type
    left join shared as rights
        on
            links.right_value = rights.node_value
            and links.right_type = rights.node_type
            and links.left_type = rights.linked_type
    left join cuts
        on
            {{ is_same_link('links', 'cuts') }}

)

select * from judged
{% if is_incremental() %}
    where not exists ({{ built_verdict('judged') }})
{% endif %}

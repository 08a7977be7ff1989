{{
    config(
        materialized='incremental', incremental_strategy='merge',
        unique_key='link_claim_id',
        on_schema_change='fail',
    )
}}

with event_claims as (

    select
        {{ claim_key() }},
        min(first_seen_at) as first_seen_at,
        false as is_withdrawn
    from {{ ref('int_event_links_claimed') }}
    {% if is_incremental() %}
        where changed_at > {{ newest('changed_at') }}
    {% endif %}
    group by {{ claim_key() }}

),

-- what an alias, a merge or a tool's record says today it may not say tomorrow
record_claims as (

    select
        {{ claim_key() }},
        min(first_seen_at) as first_seen_at,
        false as is_withdrawn
    from (
        select * from {{ ref('int_alias_links_claimed') }}
        union all
        select * from {{ ref('int_merge_links_claimed') }}
        union all
        select * from {{ ref('int_tool_links_claimed') }}
    ) as told
    group by {{ claim_key() }}

),

recorded as (

    {% if is_incremental() %}
        {{ built_rows() }}
    {% else %}
        select * from event_claims
        where false
    {% endif %}

),

changed as (

    select event_claims.*
    from event_claims
    left join recorded
        on {{ is_same_claim('event_claims', 'recorded') }}
    where
        recorded.claimed_by is null
        or event_claims.first_seen_at < recorded.first_seen_at
    union all
    select record_claims.*
    from record_claims
    left join recorded
        on {{ is_same_claim('record_claims', 'recorded') }}
    where
        recorded.claimed_by is null
        or recorded.is_withdrawn
        or record_claims.first_seen_at <> recorded.first_seen_at
    union all
    select
        {{ claim_key('recorded') }},
        recorded.first_seen_at,
        true as is_withdrawn
    from recorded
    left join record_claims
        on {{ is_same_claim('recorded', 'record_claims') }}
    where
        recorded.claimed_by <> 'events'
        and not recorded.is_withdrawn
        and record_claims.claimed_by is null

),

keyed as (

    select
        {{
            surrogate_key(
                ['claimed_by', 'left_type', 'left_value', 'right_type', 'right_value']
            )
        }} as link_claim_id,
        changed.*,
        {{ build_moment() }} as changed_at
    from changed

)

select * from keyed

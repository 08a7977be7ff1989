{{ config(materialized='incremental', incremental_strategy='append') }}

with events as (

    select * from {{ ref('int_events_deduplicated') }}
    {% if is_incremental() %}
        where loaded_at >= {{ newest('loaded_at') }}
    {% endif %}

),

identifiers as (

    select
        anonymous_id,
        user_id,
        previous_user_id,
        {{ event_email() }} as email,
        case
            when event_type = 'merge'
                then {{ json_text('properties_json', 'merge_properties') }}
        end as merged_json,
        received_at,
        loaded_at
    from events

),

observed as (

    select
        anonymous_id,
        user_id,
        previous_user_id,
        email,
        merged_json,
        min(received_at) as first_seen_at,
        max(loaded_at) as loaded_at
    from identifiers
    group by anonymous_id, user_id, previous_user_id, email, merged_json

),

unseen as (

    select
        observed.*,
        {{ build_moment() }} as changed_at
    from observed
    {% if is_incremental() %}
        where not exists ({{ built_observation('observed') }})
    {% endif %}

)

select * from unseen

{{ config(materialized='incremental', incremental_strategy='append') }}

with events as (

    select * from {{ ref('int_events_deduplicated') }}
    {% if is_incremental() %}
        where loaded_at >= {{ newest('loaded_at') }}
    {% endif %}

),

identifiers as (

    select
        coalesce(anonymous_id, {{ merged_identifier('anonymous_id', 'anonymousId') }})
            as anonymous_id,
        coalesce(user_id, {{ merged_identifier('user_id', 'userId') }}) as user_id,
        previous_user_id,
        {{
            normalised_email(
                "coalesce(" ~ json_text('traits_json', 'email') ~ ", "
                ~ merged_identifier('email', 'email') ~ ")"
            )
        }} as email,
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
        min(received_at) as first_seen_at,
        max(loaded_at) as loaded_at
    from identifiers
    group by anonymous_id, user_id, previous_user_id, email

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

with events as (

    select * from {{ ref('int_events_deduplicated') }}

),

identifiers as (

    select
        anonymous_id,
        user_id,
        previous_user_id,
        {{ normalised_email(json_text('traits_json', 'email')) }} as email,
        received_at
    from events

),

observed as (

    select
        anonymous_id,
        user_id,
        previous_user_id,
        email,
        min(received_at) as first_seen_at
    from identifiers
    group by anonymous_id, user_id, previous_user_id, email

)

select * from observed

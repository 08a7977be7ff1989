with events as (

    select * from {{ ref('int_events_deduplicated') }}

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

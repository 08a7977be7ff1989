with events as (

    select
        customer_id,
        event_name,
        occurred_at,
        -- an email that is delivered is no sign of anybody
        case
            when event_type <> 'track' then occurred_at
            when {{ json_text('context_json', 'integration.name') }} is null
                then occurred_at
        end as seen_at
    from {{ ref('int_events_resolved') }}
    where customer_id is not null

),

sessions as (

    select
        customer_id,
        started_at,
        {{ dbt.datediff('started_at', as_of(), 'second') }} as seconds_ago
    from {{ ref('sessions') }}
    where customer_id is not null

),

seen as (

    select
        customer_id,
        max(case when event_name = 'newsletter_subscribed' then occurred_at end)
            as newsletter_joined_at,
        max(
            case
                when event_name in ('email_unsubscribed', 'email_marked_as_spam')
                    then occurred_at
            end
        ) as emails_declined_at,
        min(seen_at) as first_seen_at,
        max(seen_at) as last_seen_at,
        max(case when event_name in ('signed_in', 'signed_up') then occurred_at end)
            as last_signed_in_at
    from events
    group by customer_id

),

visited as (

    select
        customer_id,
        count(*) as session_count,
        count(case when {{ is_within_last('started_at', 30) }} then 1 end)
            as session_count_last_30_days,
        count(
            distinct
            case
                when seconds_ago >= 0 and seconds_ago < 12 * 604800
                    then floor(seconds_ago / 604800.0)
            end
        ) as active_week_count_last_12_weeks
    from sessions
    group by customer_id

),

combined as (

    select
        seen.customer_id,
        coalesce(visited.session_count, 0) as session_count,
        coalesce(visited.session_count_last_30_days, 0) as session_count_last_30_days,
        coalesce(visited.active_week_count_last_12_weeks, 0)
            as active_week_count_last_12_weeks,
        coalesce(
            seen.emails_declined_at is null
            or seen.newsletter_joined_at > seen.emails_declined_at,
            false
        )
        and seen.newsletter_joined_at is not null as has_joined_newsletter,
        greatest(
            coalesce(seen.newsletter_joined_at, seen.emails_declined_at),
            coalesce(seen.emails_declined_at, seen.newsletter_joined_at)
        ) as newsletter_changed_at,
        seen.first_seen_at,
        seen.last_seen_at,
        seen.last_signed_in_at
    from seen
    left join visited on seen.customer_id = visited.customer_id

)

select * from combined

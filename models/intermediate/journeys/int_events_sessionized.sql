{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='anonymous_id',
    )
}}

with events as (

    select event_id, anonymous_id, occurred_at, loaded_at
    from {{ ref('int_events_deduplicated') }}
    where anonymous_id is not null

),

{% if is_incremental() %}
    touched_devices as (

        select distinct events.anonymous_id
        from events
        left join {{ this }} as kept
            on
                events.anonymous_id = kept.anonymous_id
                and events.event_id = kept.event_id
        where
            events.loaded_at >= {{ newest('loaded_at') }}
            and kept.event_id is null

    ),
{% endif %}

device_events as (

    select events.*
    from events
    {% if is_incremental() %}
        inner join touched_devices
            on events.anonymous_id = touched_devices.anonymous_id
    {% endif %}

),

lagged as (

    select
        *,
        lag(occurred_at) over (
            partition by anonymous_id
            order by occurred_at, event_id
        ) as previous_occurred_at
    from device_events

),

marked as (

    select
        *,
        case
            when previous_occurred_at is null then 1
            when
                {{ dbt.dateadd(
                    'minute', var('session_inactivity_minutes'), 'previous_occurred_at'
                ) }} <= occurred_at
                then 1
            else 0
        end as session_start_count
    from lagged

),

numbered as (

    select
        *,
        sum(session_start_count) over (
            partition by anonymous_id
            order by occurred_at, event_id
            rows between unbounded preceding and current row
        ) as session_number
    from marked

),

placed as (

    select
        *,
        min(occurred_at) over (
            partition by anonymous_id, session_number
        ) as session_started_at,
        row_number() over (
            partition by anonymous_id, session_number
            order by occurred_at, event_id
        ) as event_number
    from numbered

),

sessionized as (

    select
        event_id,
        {{ surrogate_key(['anonymous_id', 'session_started_at']) }} as session_id,
        anonymous_id,
        event_number,
        loaded_at
    from placed

)

select * from sessionized

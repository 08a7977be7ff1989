{{
    config(
        materialized='incremental', incremental_strategy='merge', unique_key='event_id'
    )
}}

with events as (

    select * from {{ ref('int_events_deduplicated') }}
    where anonymous_id is not null

),

{% if is_incremental() %}
    touched_devices as (

        select distinct anonymous_id
        from events
        where
            loaded_at >= {{ newest('loaded_at') }}
            and not exists ({{ built_row('event_id', 'events') }})

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

numbered as (

    select
        *,
        sum(
            case when {{ continues_visit() }} then 0 else 1 end
        ) over (
            partition by anonymous_id
            order by occurred_at, event_id
            rows between unbounded preceding and current row
        ) as session_number
    from lagged

),

placed as (

    select
        *,
        min(occurred_at) over (
            partition by anonymous_id, session_number
        ) as session_started_at,
        max(case when {{ happened_on_device() }} then 1 else 0 end) over (
            partition by anonymous_id, session_number
        ) = 1 as is_visit,
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
    where is_visit

)

select * from sessionized

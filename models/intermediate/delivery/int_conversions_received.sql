with events as (

    select * from {{ ref('int_events_deduplicated') }}

),

quarantine as (

    select * from {{ ref('stg_events__quarantine') }}

),

conversions as (

    select * from {{ ref('conversion_events') }}

),

accepted as (

    select
        events.event_id,
        events.source_id,
        events.event_name,
        cast(events.occurred_at as date) as conversion_date,
        'received' as reception
    from events
    inner join conversions on events.event_name = conversions.event_name

),

-- what was re-admitted later is among the accepted by then
kept_back as (

    select
        quarantine.quarantine_id as event_id,
        quarantine.source_id,
        quarantine.event_name,
        cast(quarantine.received_at as date) as conversion_date,
        'quarantined' as reception
    from quarantine
    inner join conversions on quarantine.event_name = conversions.event_name
    where
        not exists (
            select 1 as is_healed
            from events
            where
                events.event_id
                = coalesce(quarantine.event_id, quarantine.quarantine_id)
        )
    -- a message that was sent twice waits there once
    qualify
        row_number() over (
            partition by coalesce(quarantine.event_id, quarantine.quarantine_id)
            order by quarantine.received_at, quarantine.quarantine_id
        ) = 1

),

received as (

    select * from accepted
    union all
    select * from kept_back

)

select * from received

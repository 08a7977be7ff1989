with quarantine as (

    select * from {{ ref('stg_events__quarantine') }}

),

events as (

    select * from {{ ref('int_events_deduplicated') }}

),

set_aside as (

    select
        quarantine.quarantine_id as arrival_id,
        quarantine.quarantine_id,
        quarantine.event_id,
        quarantine.source_id,
        quarantine.event_name,
        {{ json_text('quarantine.body_json', 'context.app.version') }} as app_version,
        {{ json_text('quarantine.body_json', 'context.library.name') }} as library_name,
        -- the same text under one key, so that its records can be opened
        '{"violations":' || cast(quarantine.violations_json as varchar) || '}'
            as violations_document,
        true as is_quarantined,
        events.event_id is not null as is_readmitted,
        quarantine.received_at
    from quarantine
    left join events
        -- an event that was sent without an id is taken back under that of its row
        on coalesce(quarantine.event_id, quarantine.quarantine_id) = events.event_id

),

let_through as (

    select
        event_id as arrival_id,
        cast(null as varchar) as quarantine_id,
        event_id,
        source_id,
        event_name,
        {{ json_text('context_json', 'app.version') }} as app_version,
        {{ json_text('context_json', 'library.name') }} as library_name,
        '{"violations":' || cast(violations_json as varchar) || '}'
            as violations_document,
        false as is_quarantined,
        false as is_readmitted,
        received_at
    from events
    where violations_json is not null

),

arrivals as (

    select * from set_aside
    union all
    select * from let_through

),

opened as (

    {{ json_records(
        'arrivals',
        ['arrival_id', 'quarantine_id', 'event_id', 'source_id', 'event_name',
         'app_version', 'library_name', 'is_quarantined', 'is_readmitted', 'received_at'],
        'violations_document', 'violations', ['code', 'place', 'message']
    ) }}

)

select
    -- ids
    {{ surrogate_key(['is_quarantined', 'arrival_id', 'position']) }} as violation_id,
    event_id,
    quarantine_id,
    source_id,

    -- strings
    event_name,
    app_version,
    library_name,
    code as violation_code,
    place as violation_place,
    message as violation_message,

    -- booleans
    is_quarantined,
    is_readmitted,

    -- timestamps
    received_at
from opened

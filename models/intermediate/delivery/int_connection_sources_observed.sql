with settled as (

    select * from {{ ref('int_deliveries_settled') }}

),

events as (

    select * from {{ ref('int_events_deduplicated') }}

),

connected as (

    select distinct
        settled.connection_name,
        events.source_id
    from settled
    inner join events on settled.event_id = events.event_id

),

identified as (

    select
        -- ids
        connection_name || ':' || source_id as connection_source_id,
        source_id,

        -- strings
        connection_name
    from connected

)

select * from identified

with conversions as (

    select * from {{ ref('int_conversions_received') }}

),

connections as (

    select * from {{ ref('int_connections_observed') }}

),

connection_sources as (

    select * from {{ ref('int_connection_sources_observed') }}

),

deliveries as (

    select * from {{ ref('int_deliveries_settled') }}

),

settled as (

    select
        -- ids
        connections.connection_name || ':' || conversions.reception || ':'
        || conversions.event_id as settled_conversion_id,
        conversions.event_id,

        -- strings
        conversions.event_name,
        connections.connection_name,
        connections.destination_name,
        conversions.reception,
        case
            when conversions.reception = 'quarantined' then 'quarantined'
            when deliveries.event_id is not null then deliveries.delivery_state
            when connection_sources.source_id is null then 'filtered'
            else 'unsent'
        end as delivery_state,
        case
            when conversions.reception = 'quarantined' then ''
            when deliveries.event_id is not null then deliveries.delivery_reason
            when connection_sources.source_id is null
                then 'from a source that the connection does not have'
            else ''
        end as delivery_reason,

        -- dates
        conversions.conversion_date
    from conversions
    cross join connections
    left join connection_sources
        on
            conversions.source_id = connection_sources.source_id
            and connections.connection_name = connection_sources.connection_name
    left join deliveries
        on
            conversions.event_id = deliveries.event_id
            and connections.connection_name = deliveries.connection_name
            and conversions.reception = 'received'

)

select * from settled

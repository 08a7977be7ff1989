with conversions as (

    select * from {{ ref('int_conversions_received') }}
    where reception = 'received'

),

settled as (

    select * from {{ ref('int_deliveries_settled') }}

),

reasons as (

    select
        conversions.event_name,
        conversions.conversion_date,
        settled.connection_name,
        settled.destination_name,
        settled.delivery_state,
        settled.delivery_reason,
        count(*) as event_count
    from conversions
    inner join settled on conversions.event_id = settled.event_id
    where settled.delivery_state != 'delivered'
    group by
        conversions.event_name,
        conversions.conversion_date,
        settled.connection_name,
        settled.destination_name,
        settled.delivery_state,
        settled.delivery_reason

),

identified as (

    select
        -- ids
        event_name || ':' || cast(conversion_date as varchar) || ':' || connection_name
        || ':' || delivery_state || ':' || delivery_reason
            as conversion_delivery_reason_id,

        -- strings
        event_name,
        connection_name,
        destination_name,
        delivery_state,
        delivery_reason,

        -- numbers
        event_count,

        -- dates
        conversion_date
    from reasons

)

select * from identified

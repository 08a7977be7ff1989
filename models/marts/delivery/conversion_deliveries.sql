with conversions as (

    select * from {{ ref('int_conversions_received') }}

),

settled as (

    select * from {{ ref('int_deliveries_settled') }}

),

connections as (

    select distinct
        connection_name,
        destination_name
    from settled

),

states as (

    select
        conversions.event_name,
        conversions.conversion_date,
        connections.connection_name,
        connections.destination_name,
        conversions.reception,
        case
            when conversions.reception = 'quarantined' then 'quarantined'
            else coalesce(settled.delivery_state, 'unsent')
        end as delivery_state
    from conversions
    cross join connections
    left join settled
        on
            conversions.event_id = settled.event_id
            and connections.connection_name = settled.connection_name
            and conversions.reception = 'received'

),

counted as (

    select
        event_name,
        conversion_date,
        connection_name,
        destination_name,
        {% for state in (
            'quarantined', 'filtered', 'delivered', 'rejected', 'waiting', 'unsent'
        ) %}
            count(case when delivery_state = '{{ state }}' then 1 end)
                as {{ state }}_count,
        {% endfor %}
        count(case when reception = 'received' then 1 end) as received_count
    from states
    group by event_name, conversion_date, connection_name, destination_name

),

deliveries as (

    select
        -- ids
        event_name || ':' || cast(conversion_date as varchar) || ':' || connection_name
            as conversion_delivery_id,

        -- strings
        event_name,
        connection_name,
        destination_name,

        -- numbers
        received_count,
        quarantined_count,
        filtered_count,
        delivered_count,
        rejected_count,
        waiting_count,
        unsent_count,

        -- booleans
        delivered_count = received_count as is_same_number,

        -- dates
        conversion_date
    from counted

)

select * from deliveries

with settled as (

    select * from {{ ref('int_conversions_settled') }}

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
    from settled
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

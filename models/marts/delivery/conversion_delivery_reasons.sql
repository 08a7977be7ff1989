with settled as (

    select * from {{ ref('int_conversions_settled') }}

),

reasons as (

    select
        event_name,
        conversion_date,
        connection_name,
        destination_name,
        delivery_state,
        delivery_reason,
        count(*) as event_count
    from settled
    where delivery_state in ('filtered', 'rejected', 'waiting')
    group by
        event_name,
        conversion_date,
        connection_name,
        destination_name,
        delivery_state,
        delivery_reason

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

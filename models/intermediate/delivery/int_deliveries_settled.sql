with deliveries as (

    select * from {{ ref('stg_events__deliveries') }}

),

-- delivered counts for good; otherwise the last attempt says how it stands
ranked as (

    select
        *,
        row_number() over (
            partition by connection_name, event_id
            order by
                case when delivery_status = 'delivered' then 0 else 1 end asc,
                attempted_at desc,
                delivery_id asc
        ) as delivery_rank
    from deliveries

),

settled as (

    select
        -- ids
        connection_name || ':' || event_id as settled_delivery_id,
        event_id,

        -- strings
        connection_name,
        destination_name,
        event_name,
        case
            when delivery_status in ('retry', 'misconfigured') then 'waiting'
            when delivery_status = 'abandoned' then 'rejected'
            else delivery_status
        end as delivery_state,
        coalesce(delivery_reason, '') as delivery_reason,

        -- timestamps
        attempted_at
    from ranked
    where delivery_rank = 1

)

select * from settled

with counted as (

    select * from {{ ref('int_identifiers_counted') }}

),

limits as (

    select * from {{ ref('int_identity_limits_resolved') }}

),

lent_devices as (

    select * from {{ ref('int_devices_lent') }}

),

ranked as (

    select
        counted.node_type,
        counted.node_value,
        counted.linked_type,
        counted.linked_count,
        limits.limit_count,
        limits.priority
    from counted
    inner join limits
        on
            counted.limited_as = limits.limited_as
            and counted.linked_type = limits.linked_type

),

over_limit as (

    select
        node_type,
        node_value,
        priority,
        'has ' || linked_count || ' ' || linked_type || ', more than ' || limit_count
            as explanation
    from ranked
    where linked_count > limit_count

),

refused as (

    select
        ranked.node_type,
        ranked.node_value,
        ranked.linked_type,
        over_limit.explanation
    from ranked
    inner join over_limit
        on
            ranked.node_value = over_limit.node_value
            and ranked.node_type = over_limit.node_type
    where ranked.priority >= over_limit.priority
    union all
    select
        'anonymous_id' as node_type,
        device_id as node_value,
        'email' as linked_type,
        'has an email of somebody other than its login' as explanation
    from lent_devices

),

shared as (

    select
        node_type,
        node_value,
        linked_type,
        min(explanation) as explanation
    from refused
    group by node_type, node_value, linked_type

)

select * from shared

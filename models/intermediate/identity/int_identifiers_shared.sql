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
        counted.node_number,
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
        node_number,
        priority,
        'has ' || linked_count || ' ' || linked_type || ', more than ' || limit_count
            as explanation
    from ranked
    where linked_count > limit_count

),

refused as (

    select
        ranked.node_number,
        ranked.linked_type,
        over_limit.explanation
    from ranked
    inner join over_limit on ranked.node_number = over_limit.node_number
    where ranked.priority >= over_limit.priority
    union all
    select
        node_number,
        'email' as linked_type,
        'has an email of somebody other than its login' as explanation
    from lent_devices

),

shared as (

    select
        node_number,
        linked_type,
        min(explanation) as explanation
    from refused
    group by node_number, linked_type

)

select * from shared

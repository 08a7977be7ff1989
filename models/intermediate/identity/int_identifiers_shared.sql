with links as (

    select * from {{ ref('int_links_numbered') }}
    where not is_left_blocked and not is_right_blocked

),

limits as (

    select * from {{ ref('identity_limits') }}

),

lent_devices as (

    select * from {{ ref('int_devices_lent') }}

),

ends as (

    select
        left_number as node_number,
        left_type as node_type,
        right_type as linked_type
    from links
    union all
    select
        right_number as node_number,
        right_type as node_type,
        left_type as linked_type
    from links

),

counted as (

    select
        node_number,
        node_type,
        linked_type,
        count(*) as linked_count
    from ends
    group by node_number, node_type, linked_type

),

over_limit as (

    select
        counted.node_number,
        counted.linked_type,
        limits.is_alone_beyond
    from counted
    inner join limits
        on
            counted.node_type = limits.identifier_type
            and counted.linked_type = limits.linked_type
    where counted.linked_count > limits.limit_count

),

shared as (

    select
        node_number,
        linked_type
    from over_limit
    union
    select
        counted.node_number,
        counted.linked_type
    from counted
    inner join over_limit on counted.node_number = over_limit.node_number
    where over_limit.is_alone_beyond
    union
    select
        node_number,
        'email' as linked_type
    from lent_devices

)

select * from shared

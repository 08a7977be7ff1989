with links as (

    select * from {{ ref('int_links_claimed') }}

),

identifiers as (

    select
        left_type as identifier_type,
        left_value as identifier_value,
        min(first_seen_at) as first_seen_at,
        min(lasting_since_at) as lasting_since_at
    from links
    where right_type is null and not is_left_blocked
    group by left_type, left_value

),

numbered as (

    select
        identifier_type,
        identifier_value,
        row_number() over (
            order by
                case when lasting_since_at is null then 1 else 0 end,
                lasting_since_at,
                first_seen_at,
                identifier_type,
                identifier_value
        ) as node_number,
        first_seen_at
    from identifiers

)

select * from numbered

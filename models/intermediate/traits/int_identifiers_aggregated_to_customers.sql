with identifiers as (

    select * from {{ ref('customer_identifiers') }}

),

numbered as (

    select
        customer_id,
        identifier_type,
        identifier_value,
        first_seen_at,
        row_number() over (
            partition by customer_id, identifier_type
            order by first_seen_at desc, identifier_value asc
        ) as newest_number
    from identifiers

),

aggregated as (

    select
        customer_id,
        max(
            case
                when identifier_type = 'user_id' and newest_number = 1
                    then identifier_value
            end
        ) as user_id,
        count(*) as identifier_count,
        max(case when identifier_type = 'anonymous_id' then 0 else 1 end) = 1
            as is_identified,
        min(first_seen_at) as first_received_at
    from numbered
    group by customer_id

)

select * from aggregated

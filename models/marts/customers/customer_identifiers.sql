with identifiers as (

    select * from {{ ref('int_identities_contracted') }}

),

oldest as (

    select
        node_number,
        'c_' || substring(
            {{ dbt.hash("identifier_type || ':' || identifier_value") }}, 1, 16
        ) as customer_id
    from identifiers
    where node_number = oldest_node_number

),

named as (

    select
        oldest.customer_id,
        identifiers.identifier_type,
        identifiers.identifier_value,
        identifiers.first_seen_at
    from identifiers
    inner join oldest on identifiers.oldest_node_number = oldest.node_number

)

select * from named

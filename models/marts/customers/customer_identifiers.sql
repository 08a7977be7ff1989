{{ config(materialized='view') }}

with identities as (

    select * from {{ ref('int_identities_contracted') }}

),

named as (

    select
        customer_id,
        identifier_type,
        identifier_value,
        first_seen_at
    from identities

)

select * from named

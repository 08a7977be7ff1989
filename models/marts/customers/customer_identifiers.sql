{{ config(materialized='view') }}

with identities as (

    select * from {{ ref('int_identities_contracted') }}

),

-- empty unless probable links are on
joined_people as (

    select * from {{ ref('int_probable_people_joined') }}
    where not is_contradicted

),

named as (

    select
        coalesce(joined_people.joined_customer_id, identities.customer_id)
            as customer_id,
        identities.identifier_type,
        identities.identifier_value,
        coalesce(joined_people.joined_customer_id <> identities.customer_id, false)
            as is_probable,
        identities.first_seen_at
    from identities
    left join joined_people on identities.customer_id = joined_people.customer_id

)

select * from named

with devices as (

    select
        node_type as identifier_type,
        node_value as identifier_value
    from {{ ref('int_identifiers_touched') }}
    where node_type = 'anonymous_id'

),

links as (

    select * from {{ ref('int_links_judged') }}

),

met as (

    select
        devices.identifier_type,
        devices.identifier_value,
        links.right_type as heir_type,
        links.right_value as heir_value,
        links.first_seen_at as known_since_at
    from devices
    inner join links
        on
            devices.identifier_value = links.left_value
            and devices.identifier_type = links.left_type
    where
        links.right_type <> 'anonymous_id'
        and (links.refusal_reason is null or {{ is_lent('links') }})

),

first_met as (

    select *
    from met
    qualify
        row_number() over (
            partition by identifier_value
            order by known_since_at asc, heir_type desc, heir_value asc
        ) = 1

)

select * from first_met

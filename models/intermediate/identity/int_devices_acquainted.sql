with devices as (

    select node_value as anonymous_id
    from {{ ref('int_identifiers_touched') }}
    where node_type = 'anonymous_id'

),

links as (

    select * from {{ ref('int_links_judged') }}

),

met as (

    select
        devices.anonymous_id,
        links.right_type as heir_type,
        links.right_value as heir_value,
        links.first_seen_at as known_since_at
    from devices
    inner join links on devices.anonymous_id = links.left_value
    where
        links.left_type = 'anonymous_id'
        and links.right_type <> 'anonymous_id'
        and (links.refusal_reason is null or {{ is_lent('links') }})

),

first_met as (

    select *
    from met
    qualify
        row_number() over (
            partition by anonymous_id
            order by known_since_at asc, heir_type desc, heir_value asc
        ) = 1

)

select * from first_met

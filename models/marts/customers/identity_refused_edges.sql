with links as (

    select * from {{ ref('int_links_judged') }}
    where refusal_reason <> 'withdrawn'

),

probable_links as (

    select * from {{ ref('int_probable_links_considered') }}

),

joined_people as (

    select * from {{ ref('int_probable_people_joined') }}

),

probable_refused as (

    select
        {{ link_key('probable_links') }},
        'splink' as claimed_by,
        coalesce(probable_links.refusal_reason, 'contradicted_user_id')
            as refusal_reason,
        coalesce(
            probable_links.refusal_explanation,
            'with others it would make one of people who have a login each'
        ) as refusal_explanation,
        probable_links.scored_at as first_seen_at
    from probable_links
    left join joined_people
        on probable_links.left_customer_id = joined_people.customer_id
    where
        probable_links.refusal_reason is not null
        or joined_people.is_contradicted

),

refused as (

    select
        {{ link_key() }},
        claimed_by,
        refusal_reason,
        refusal_explanation,
        first_seen_at
    from links
    union all
    select * from probable_refused

)

select * from refused

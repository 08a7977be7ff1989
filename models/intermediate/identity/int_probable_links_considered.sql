{#- joins nobody unless the project says so; see docs/identity.md -#}
{%- set threshold = var('probable_link_threshold') if var('probable_links') else 2 -%}
with links as (

    select * from {{ ref('stg_predictions__probable_links') }}
    where match_probability >= {{ threshold }}

),

-- by links of equal identifiers alone
people as (

    select * from {{ ref('int_identities_contracted') }}

),

cuts as (

    select
        {{ link_key() }},
        reason
    from {{ ref('identity_cut_links') }}
    union
    select
        right_type as left_type,
        right_value as left_value,
        left_type as right_type,
        left_value as right_value,
        reason
    from {{ ref('identity_cut_links') }}

),

considered as (

    select
        {{ link_key('links') }},
        links.match_probability,
        links.agreement,
        links.model_version,
        links.scored_at,
        lefts.customer_id as left_customer_id,
        rights.customer_id as right_customer_id,
        case
            when cuts.left_type is not null then 'cut_by_hand'
            else links.refusal_reason
        end as refusal_reason,
        case
            when cuts.left_type is not null then cuts.reason
            else links.refusal_explanation
        end as refusal_explanation
    from links
    inner join people as lefts
        on
            links.left_value = lefts.identifier_value
            and links.left_type = lefts.identifier_type
    inner join people as rights
        on
            links.right_value = rights.identifier_value
            and links.right_type = rights.identifier_type
    left join cuts
        on
            {{ is_same_link('links', 'cuts') }}
    -- equal identifiers may have made them one since
    where lefts.customer_id <> rights.customer_id

)

select * from considered

{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['identifier_type', 'identifier_value'],
        on_schema_change='fail',
        pre_hook=[
            "{{ require_whole(ref('int_identifiers_numbered')) }}",
            "{{ contract_links(ref('int_links_numbered'), 'true', 'identities') }}",
        ],
        post_hook="delete from {{ this }} where customer_id is null",
    )
}}

with identifiers as (

    select * from {{ ref('int_identifiers_numbered') }}

),

labels as (

    select * from {{ scratch_table('identities') }}

),

components as (

    select
        identifiers.*,
        coalesce(labels.component_label, -identifiers.node_number) as component_number
    from identifiers
    left join labels on identifiers.node_number = labels.node_number

),

-- a device names those whom somebody first known on it belongs to
candidates as (

    select
        components.node_number,
        {{ customer_id_from('components') }} as customer_id,
        case
            when components.heir_value is null then components.component_number
            else heirs.component_number
        end as component_number
    from components
    left join components as heirs
        on
            components.heir_value = heirs.identifier_value
            and components.heir_type = heirs.identifier_type
            and heirs.is_member
    where components.is_somebody

),

names as (

    select *
    from candidates
    qualify
        row_number() over (partition by component_number order by node_number) = 1

),

named as (

    select
        components.identifier_type,
        components.identifier_value,
        case
            when not components.is_somebody then null
            -- shared, with its name given away; alone, but for devices that were merged
            when names.customer_id is null
                then
                    min({{ customer_id_from('components', 'shared:') }}) over (
                        partition by components.component_number
                    )
            else names.customer_id
        end as customer_id,
        components.first_seen_at,
        components.known_since_at,
        components.is_member,
        components.rules_version,
        {{ build_moment() }} as changed_at
    from components
    left join names on components.component_number = names.component_number

)

select
    identifier_type,
    identifier_value,
    customer_id,
    first_seen_at,
    known_since_at,
    rules_version,
    changed_at
from named
where is_member

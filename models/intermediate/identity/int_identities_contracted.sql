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
        min(identifiers.node_number) over (
            partition by
                case when labels.node_number is null then identifiers.node_number end,
                labels.component_label
        ) as oldest_node_number
    from identifiers
    left join labels on identifiers.node_number = labels.node_number

),

oldest as (

    select
        node_number,
        'c_' || substring(
            {{ dbt.hash("identifier_type || ':' || identifier_value") }}, 1, 16
        ) as customer_id
    from components
    where node_number = oldest_node_number and is_somebody

),

named as (

    select
        components.identifier_type,
        components.identifier_value,
        oldest.customer_id,
        components.first_seen_at,
        components.lasting_since_at,
        components.rules_version,
        {{ build_moment() }} as changed_at
    from components
    left join oldest on components.oldest_node_number = oldest.node_number

)

select * from named

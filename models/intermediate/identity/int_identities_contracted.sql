{{
    config(
        pre_hook="{{ contract_links(ref('int_links_judged'), 'refusal_reason is null', 'identities') }}",
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
        identifiers.identifier_type,
        identifiers.identifier_value,
        identifiers.node_number,
        min(identifiers.node_number) over (
            partition by
                case when labels.node_number is null then identifiers.node_number end,
                labels.component_label
        ) as oldest_node_number,
        identifiers.first_seen_at
    from identifiers
    left join labels on identifiers.node_number = labels.node_number

)

select * from components

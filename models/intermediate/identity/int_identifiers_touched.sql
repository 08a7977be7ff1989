-- depends_on: {{ ref('int_links_judged') }}
{% set rules = rules_version() -%}
{%- set contracted = grown_relation('int_identities_contracted', rules) %}
with mentions as (

    select
        left_type as node_type,
        left_value as node_value,
        changed_at
    from {{ ref('int_links_claimed') }}
    where right_type is null

),

{% if contracted %}
    links as (

        select * from {{ ref('int_links_judged') }}

    ),

    changed as (

        {{ both_ends('links', 'changed_at > ' ~ newest_in(contracted)) }}
        union
        select
            node_type,
            node_value
        from mentions
        where changed_at > {{ newest_in(contracted) }}

    ),

    -- a device may have named any of those who were seen on it
    touched as (

        select * from changed
        union
        {{ seen_on('links', 'changed') }}

    ),

    members as (  -- noqa: ST03

        select * from touched
        union
        {{ fellows(contracted, 'touched') }}

    ),

    -- devices that are not theirs, and yet may give them the name
    lenders as (

        {{ lending('links', 'members') }}

    ),
{% else %}
    members as (

        select distinct
            node_type,
            node_value
        from mentions

    ),

    lenders as (

        select * from members
        where false

    ),
{% endif %}

listed as (

    select
        members.*,
        true as is_member
    from members
    union all
    select
        lenders.*,
        false as is_member
    from lenders
    left join members
        on
            lenders.node_value = members.node_value
            and lenders.node_type = members.node_type
    where members.node_type is null

)

select
    listed.*,
    {{ 'false' if contracted else 'true' }} as is_whole,
    '{{ rules }}' as rules_version
from listed

-- depends_on: {{ ref('int_links_judged') }}
{% set rules = rules_version() -%}
{%- set contracted = grown_relation('int_identities_contracted', rules) %}
with mentions as (

    select
        claimed_by,
        left_type as node_type,
        left_value as node_value,
        first_seen_at,
        is_withdrawn,
        changed_at
    from {{ ref('int_links_claimed') }}
    where right_type is null

),

{% if contracted %}
    links as (

        select * from {{ ref('int_links_judged') }}
        where changed_at > {{ newest_in(contracted) }}

    ),

    touched as (

        {{ both_ends('links', 'true') }}
        union
        select
            node_type,
            node_value
        from mentions
        where changed_at > {{ newest_in(contracted) }}

    ),

    members as (  -- noqa: ST03

        select * from touched
        union
        {{ fellows(contracted, 'touched') }}

    ),
{% endif %}

aged as (

    select
        mentions.node_type as identifier_type,
        mentions.node_value as identifier_value,
        min(
            case
                when
                    not mentions.is_withdrawn
                    and (
                        mentions.claimed_by in ('events', 'aliases', 'merges')
                        or mentions.node_type not in ('email', 'user_id')
                    )
                    then mentions.first_seen_at
            end
        ) as lasting_since_at,
        min(case when not mentions.is_withdrawn then mentions.first_seen_at end)
            as first_seen_at
    from mentions
    {% if contracted %}
        inner join members
            on
                mentions.node_value = members.node_value
                and mentions.node_type = members.node_type
    {% endif %}
    group by mentions.node_type, mentions.node_value

),

blocked_values as (

    select lower(identifier_value) as blocked_value
    from {{ ref('identity_blocked_values') }}

),

numbered as (

    select
        aged.*,
        row_number() over (order by {{ by_age('aged') }}) as node_number,
        aged.first_seen_at is not null
        and blocked_values.blocked_value is null
        and not ({{ names_nobody('aged.identifier_type', 'aged.identifier_value') }})
            as is_somebody,
        {{ 'false' if contracted else 'true' }} as is_whole,
        '{{ rules }}' as rules_version
    from aged
    left join blocked_values
        on lower(aged.identifier_value) = blocked_values.blocked_value

)

select * from numbered

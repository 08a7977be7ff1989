{%- set rules = rules_version() -%}
{%- set judged = grown_relation('int_links_judged', rules) -%}
with claims as (

    select * from {{ ref('int_links_claimed') }}
    where right_type is not null

),

{% if judged %}
    touched as (

        {{ both_ends('claims', 'changed_at > ' ~ newest_in(judged)) }}

    ),

    -- a device's links depend on the addresses of its logins, too
    touched_wider as (

        select * from touched
        union
        {{ neighbours('claims', 'touched', 'user_id', 'anonymous_id') }}

    ),

    questioned as (

        select distinct {{ link_key() }}
        from claims
        where {{ has_end_in('claims', 'touched_wider') }}

    ),

    questioned_ends as (

        {{ both_ends('questioned', 'true') }}

    ),

    surroundings as (  -- noqa: ST03

        select * from questioned_ends
        union
        {{ neighbours('claims', 'questioned_ends', 'anonymous_id', 'user_id') }}

    ),
{% endif %}

links as (

    select
        {{ link_key('claims') }},
        coalesce(
            min(case when not claims.is_withdrawn then claims.claimed_by end),
            min(claims.claimed_by)
        ) as claimed_by,
        min(case when not claims.is_withdrawn then claims.first_seen_at end)
            as first_seen_at
    from claims
    {% if judged %}
        where {{ has_end_in('claims', 'surroundings') }}
    {% endif %}
    group by {{ link_key('claims') }}

),

blocked_values as (

    select lower(identifier_value) as identifier_value
    from {{ ref('identity_blocked_values') }}

),

checked as (

    select
        links.*,
        links.first_seen_at is null as is_withdrawn,
        lefts.identifier_value is not null
        or {{ names_nobody('links.left_type', 'links.left_value') }}
            as is_left_blocked,
        rights.identifier_value is not null
        or {{ names_nobody('links.right_type', 'links.right_value') }}
            as is_right_blocked,
        {{ 'questioned.left_type is not null' if judged else 'true' }}
            as is_judged_anew,
        {{ 'false' if judged else 'true' }} as is_whole,
        '{{ rules }}' as rules_version
    from links
    left join blocked_values as lefts
        on lower(links.left_value) = lefts.identifier_value
    left join blocked_values as rights
        on lower(links.right_value) = rights.identifier_value
    {% if judged %}
        left join questioned on {{ is_same_link('links', 'questioned') }}
    {% endif %}

)

select * from checked

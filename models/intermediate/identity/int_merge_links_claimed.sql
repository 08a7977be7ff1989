with merge_calls as (

    select * from {{ ref('int_event_identifiers_observed') }}
    where merged_json is not null

),

pairs as (

    {{
        json_records(
            'merge_calls', ['merged_json', 'first_seen_at'], 'merged_json', '',
            ['type', 'value'],
        )
    }}

),

typed as (

    select
        *,
        case lower(replace(type, '_', ''))
            when 'anonymousid' then 'anonymous_id'
            when 'userid' then 'user_id'
            when 'email' then 'email'
        end as node_type
    from pairs

),

named as (

    select
        *,
        case
            when node_type = 'email' then {{ normalised_email('value') }}
            else {{ trimmed('value') }}
        end as node_value,
        case node_type when 'anonymous_id' then 1 when 'user_id' then 2 else 3 end
            as place
    from typed
    where node_type is not null

),

-- each with the one before it
paired as (

    select
        *,
        lag(node_type) over (
            partition by merged_json, first_seen_at order by position
        ) as other_type,
        lag(node_value) over (
            partition by merged_json, first_seen_at order by position
        ) as other_value,
        lag(place) over (
            partition by merged_json, first_seen_at order by position
        ) as other_place
    from named
    where node_value is not null

),

-- on the left the device, then the login, then the address
sided as (

    select
        *,
        other_place < place or (other_place = place and other_value < node_value)
            as is_other_left
    from paired

),

claims as (

    select
        'merges' as claimed_by,
        node_type as left_type,
        node_value as left_value,
        cast(null as {{ dbt.type_string() }}) as right_type,
        cast(null as {{ dbt.type_string() }}) as right_value,
        first_seen_at
    from sided
    union all
    select
        'merges' as claimed_by,
        case when is_other_left then other_type else node_type end as left_type,
        case when is_other_left then other_value else node_value end as left_value,
        case when is_other_left then node_type else other_type end as right_type,
        case when is_other_left then node_value else other_value end as right_value,
        first_seen_at
    from sided
    where other_place <> place or other_value <> node_value

)

select * from claims

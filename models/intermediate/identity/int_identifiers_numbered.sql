with touched as (

    select * from {{ ref('int_identifiers_touched') }}

),

mentions as (

    select * from {{ ref('int_links_claimed') }}
    where right_type is null

),

acquainted as (

    select * from {{ ref('int_devices_acquainted') }}

),

aged as (

    select
        touched.node_type as identifier_type,
        touched.node_value as identifier_value,
        touched.is_member,
        touched.is_whole,
        touched.rules_version,
        min(
            case
                when
                    not mentions.is_withdrawn
                    and (
                        mentions.claimed_by in ('events', 'aliases', 'merges')
                        or mentions.left_type not in ('email', 'user_id')
                    )
                    then mentions.first_seen_at
            end
        ) as lasting_since_at,
        min(case when not mentions.is_withdrawn then mentions.first_seen_at end)
            as first_seen_at
    from touched
    inner join mentions
        on
            touched.node_value = mentions.left_value
            and touched.node_type = mentions.left_type
    group by
        touched.node_type,
        touched.node_value,
        touched.is_member,
        touched.is_whole,
        touched.rules_version

),

met as (

    select
        aged.*,
        acquainted.heir_type,
        acquainted.heir_value,
        case
            when aged.identifier_type = 'anonymous_id' then acquainted.known_since_at
            else aged.lasting_since_at
        end as known_since_at
    from aged
    left join acquainted
        on
            aged.identifier_value = acquainted.identifier_value
            and aged.identifier_type = acquainted.identifier_type

),

blocked_values as (

    select lower(identifier_value) as blocked_value
    from {{ ref('identity_blocked_values') }}

),

numbered as (

    select
        met.*,
        row_number() over (order by {{ by_age('met') }}) as node_number,
        met.first_seen_at is not null
        and blocked_values.blocked_value is null
        and not ({{ names_nobody('met.identifier_type', 'met.identifier_value') }})
            as is_somebody
    from met
    left join blocked_values
        on lower(met.identifier_value) = blocked_values.blocked_value

)

select * from numbered

{{ config(materialized='view') }}

with records as (

    select * from {{ ref('int_identities_recorded') }}

),

followed as (

    select
        *,
        min(recorded_at) over (partition by customer_id) as customer_recorded_at,
        lag(customer_id) over (
            partition by identifier_type, identifier_value
            order by recorded_at
        ) as previous_customer_id,
        lag(valid_to) over (
            partition by identifier_type, identifier_value
            order by recorded_at
        ) as previous_valid_to
    from records

),

departures as (

    select distinct
        previous_customer_id,
        valid_from
    from followed
    where previous_customer_id is not null

),

left_behind as (

    select distinct
        departures.previous_customer_id,
        departures.valid_from
    from departures
    inner join records
        on
            departures.previous_customer_id = records.customer_id
            and departures.valid_from >= records.recorded_at
            and (
                records.valid_to is null or departures.valid_from < records.valid_to
            )

),

-- an event that came late may show that an identifier is older than was known
seen as (

    select * from {{ ref('customer_identifiers') }}

),

history as (

    select
        followed.identity_record_id as customer_identifier_history_id,
        followed.identifier_type,
        followed.identifier_value,
        followed.customer_id,
        case
            when
                followed.previous_customer_id is null
                and seen.first_seen_at < followed.valid_from
                then seen.first_seen_at
            else followed.valid_from
        end as valid_from,
        followed.valid_to,
        case
            when followed.previous_customer_id is null then 'first_seen'
            when followed.previous_valid_to < followed.valid_from then 'returned'
            when left_behind.valid_from is not null then 'split'
            when followed.customer_recorded_at < followed.valid_from then 'merged'
            else 'renamed'
        end as reason,
        followed.previous_customer_id
    from followed
    left join left_behind
        on
            followed.previous_customer_id = left_behind.previous_customer_id
            and followed.valid_from = left_behind.valid_from
    left join seen
        on
            followed.identifier_type = seen.identifier_type
            and followed.identifier_value = seen.identifier_value

)

select * from history

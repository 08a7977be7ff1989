{{
    config(
        materialized='incremental', incremental_strategy='merge',
        unique_key='identity_record_id', full_refresh=false,
    )
}}

with identifiers as (

    select * from {{ ref('customer_identifiers') }}

),

recorded as (

    {% if is_incremental() %}
        {{ built_rows() }}
    {% else %}
        select
            *,
            cast(null as {{ dbt.type_string() }}) as identity_record_id,
            first_seen_at as valid_from,
            first_seen_at as valid_to,
            first_seen_at as recorded_at
        from identifiers
        where false
    {% endif %}

),

open_records as (

    select * from recorded
    where valid_to is null

),

known_identifiers as (

    select distinct
        identifier_type,
        identifier_value
    from recorded

),

ended as (

    select
        open_records.identity_record_id,
        open_records.identifier_type,
        open_records.identifier_value,
        open_records.customer_id,
        open_records.valid_from,
        {{ build_moment() }} as valid_to,
        open_records.recorded_at
    from open_records
    left join identifiers
        on
            open_records.identifier_type = identifiers.identifier_type
            and open_records.identifier_value = identifiers.identifier_value
            and open_records.customer_id = identifiers.customer_id
    where identifiers.customer_id is null

),

begun as (

    select
        identifiers.identifier_type,
        identifiers.identifier_value,
        identifiers.customer_id,
        case
            when known_identifiers.identifier_type is null
                then least(identifiers.first_seen_at, {{ build_moment() }})
            else {{ build_moment() }}
        end as valid_from,
        cast(null as timestamp) as valid_to,
        {{ build_moment() }} as recorded_at
    from identifiers
    left join open_records
        on
            identifiers.identifier_type = open_records.identifier_type
            and identifiers.identifier_value = open_records.identifier_value
            and identifiers.customer_id = open_records.customer_id
    left join known_identifiers
        on
            identifiers.identifier_type = known_identifiers.identifier_type
            and identifiers.identifier_value = known_identifiers.identifier_value
    where open_records.customer_id is null

)

select * from ended
union all
select
    {{ surrogate_key(['identifier_type', 'identifier_value', 'valid_from']) }}
        as identity_record_id,
    begun.*
from begun

{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='append_new_columns',
    )
}}

with arrivals as (

    select * from {{ ref('stg_events__events') }}
    {% if is_incremental() %}
        where loaded_at >= {{ newest('loaded_at') }}
    {% endif %}

),

first_arrivals as (

    select *
    from arrivals
    qualify
        row_number() over (
            partition by event_id
            order by loaded_at, received_at, log_partition, log_offset
        ) = 1

),

unseen as (

    select first_arrivals.*
    from first_arrivals
    {% if is_incremental() %}
        where not exists ({{ built_row('event_id', 'first_arrivals') }})
    {% endif %}

)

select * from unseen

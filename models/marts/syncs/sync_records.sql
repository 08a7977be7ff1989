with outcomes as (

    select * from {{ ref('stg_ledger__outcomes') }}
    where record_key is not null

),

records as (

    select * from {{ ref('stg_ledger__records') }}

),

newest_first as (

    select
        *,
        row_number() over (
            partition by sync_name, record_key
            order by attempted_at desc, sync_run_id desc, outcome_status asc
        ) as newness
    from outcomes

),

newest as (

    select * from newest_first
    where newness = 1

),

described as (

    select
        {{ surrogate_key(['newest.sync_name', 'newest.record_key']) }}
            as sync_record_id,
        newest.sync_name,
        newest.record_key,
        newest.sync_run_id as last_sync_run_id,
        newest.sync_action as last_action,
        newest.outcome_status as last_status,
        newest.outcome_reason as last_reason,
        records.remote_record_id,
        records.record_key is not null as is_in_destination,
        newest.attempted_at as last_attempted_at,
        records.delivered_at
    from newest
    left join records
        on
            newest.sync_name = records.sync_name
            and newest.record_key = records.record_key

)

select * from described

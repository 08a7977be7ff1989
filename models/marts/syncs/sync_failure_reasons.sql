with records as (

    select * from {{ ref('sync_records') }}
    where last_status not in ('delivered', 'left')

),

counted as (

    select
        sync_name,
        last_status as failure_status,
        coalesce(last_reason, 'not said') as failure_reason,
        count(*) as record_count,
        min(record_key) as example_record_key,
        max(last_attempted_at) as last_attempted_at
    from records
    group by sync_name, last_status, coalesce(last_reason, 'not said')

),

keyed as (

    select
        {{ surrogate_key(['sync_name', 'failure_status', 'failure_reason']) }}
            as sync_failure_reason_id,
        *
    from counted

)

select * from keyed

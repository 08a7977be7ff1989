with months as (

    {{ dbt.date_spine(
        'month',
        "cast('2000-01-01' as timestamp)",
        dbt.dateadd('month', 1, as_of())
    ) }}

),

snapshots as (

    select cast(date_month as timestamp) as snapshot_at
    from months
    union distinct
    select {{ as_of() }} as snapshot_at

)

select *
from snapshots
where snapshot_at <= {{ as_of() }}

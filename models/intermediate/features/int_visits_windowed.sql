with population as (

    select
        customer_id,
        snapshot_at
    from {{ ref('int_churn_populations_chosen') }}

),

sessions as (

    select
        customer_id,
        started_at
    from {{ ref('sessions') }}

),

visits as (

    select
        population.customer_id,
        population.snapshot_at,
        {{ count_within('sessions.started_at', 'population.snapshot_at', 30) }}
            as session_count_last_30_days,
        {{ count_within('sessions.started_at', 'population.snapshot_at', 90) }}
            as session_count_last_90_days,
        max(sessions.started_at) as last_started_at
    from population
    inner join sessions
        on
            population.customer_id = sessions.customer_id
            and population.snapshot_at > sessions.started_at
    group by population.customer_id, population.snapshot_at

)

select
    *,
    {{ dbt.datediff('last_started_at', 'snapshot_at', 'day') }} as days_since_last_visit
from visits

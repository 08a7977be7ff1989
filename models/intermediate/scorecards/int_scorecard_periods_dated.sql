{% set this_week = dbt.date_trunc('week', as_of()) %}
{% set this_month = dbt.date_trunc('month', as_of()) %}
{% set this_year = dbt.date_trunc('year', as_of()) %}

with periods as (

    select
        'last_week' as period_name,
        {{ dbt.dateadd('day', -7, this_week) }} as started_at,
        {{ this_week }} as ended_at,
        {{ dbt.dateadd('day', -14, this_week) }} as previous_started_at,
        {{ dbt.dateadd('day', -7, this_week) }} as previous_ended_at
    union all
    select
        'last_month' as period_name,
        {{ dbt.dateadd('month', -1, this_month) }} as started_at,
        {{ this_month }} as ended_at,
        {{ dbt.dateadd('month', -2, this_month) }} as previous_started_at,
        {{ dbt.dateadd('month', -1, this_month) }} as previous_ended_at
    union all
    select
        'year_to_date' as period_name,
        {{ this_year }} as started_at,
        {{ as_of() }} as ended_at,
        {{ dbt.dateadd('year', -1, this_year) }} as previous_started_at,
        {{ dbt.dateadd('year', -1, as_of()) }} as previous_ended_at

),

dated as (

    select
        period_name,
        cast(started_at as timestamp) as started_at,
        cast(ended_at as timestamp) as ended_at,
        cast(previous_started_at as timestamp) as previous_started_at,
        cast(previous_ended_at as timestamp) as previous_ended_at
    from periods

)

select * from dated

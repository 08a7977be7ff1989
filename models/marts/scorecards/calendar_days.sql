with days as (

    {{ dbt.date_spine(
        'day',
        "cast('2005-01-01' as date)",
        dbt.dateadd('day', 366, as_of())
    ) }}

),

calendar_days as (

    select cast(date_day as date) as calendar_date
    from days

)

select * from calendar_days

with memberships as (

    select
        audience_name,
        cast(entered_at as date) as entered_date,
        cast(left_at as date) as left_date
    from {{ ref('audience_memberships') }}

),

days as (

    select calendar_date from {{ ref('calendar_days') }}

),

first_days as (

    select
        audience_name,
        min(entered_date) as first_date
    from memberships
    group by audience_name

),

audience_days as (

    select
        first_days.audience_name,
        days.calendar_date
    from first_days
    inner join days
        on
            first_days.first_date <= days.calendar_date
            and days.calendar_date <= cast({{ as_of() }} as date)

),

counted as (

    select
        audience_days.audience_name,
        audience_days.calendar_date,
        count(
            case
                when
                    memberships.left_date is null
                    or audience_days.calendar_date < memberships.left_date
                    then 1
            end
        ) as member_count,
        count(
            case when memberships.entered_date = audience_days.calendar_date then 1 end
        ) as entered_count,
        count(
            case when memberships.left_date = audience_days.calendar_date then 1 end
        ) as left_count
    from audience_days
    left join memberships
        on
            audience_days.audience_name = memberships.audience_name
            and audience_days.calendar_date >= memberships.entered_date
    group by audience_days.audience_name, audience_days.calendar_date

),

keyed as (

    select
        {{ surrogate_key(['audience_name', 'calendar_date']) }} as audience_size_id,
        audience_name,
        member_count,
        entered_count,
        left_count,
        calendar_date
    from counted

)

select * from keyed

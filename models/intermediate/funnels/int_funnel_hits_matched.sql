with funnels as (

    select * from {{ ref('funnels') }}

),

activities as (

    select * from {{ ref('activities') }}

),

hits as (

    select
        funnels.funnel_name,
        funnels.step_number,
        funnels.step_order,
        case
            when funnels.counted_per = 'session' then activities.session_id
            else activities.customer_id
        end as counted_id,
        activities.customer_id,
        activities.activity_id,
        activities.activity_number,
        activities.occurred_at,
        -- no window: as long as there is data
        {{ dbt.dateadd(
            'minute',
            'coalesce(funnels.window_minutes, 52560000)',
            'activities.occurred_at'
        ) }} as window_ends_at
    from activities
    inner join funnels
        on
            activities.activity_name = funnels.activity_name
            and (
                funnels.detail_pattern is null
                or activities.activity_detail like funnels.detail_pattern
            )
    where funnels.counted_per = 'customer' or activities.session_id is not null

)

select * from hits

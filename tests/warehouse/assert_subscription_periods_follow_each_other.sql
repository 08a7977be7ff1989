-- The intervals of a subscription begin where it began, join without gap or overlap, and
-- end where it ended.
with periods as (

    select
        *,
        lag(valid_to) over (
            partition by subscription_id order by valid_from
        ) as ended_before,
        row_number() over (partition by subscription_id order by valid_from) as place,
        count(*) over (partition by subscription_id) as period_count
    from {{ ref('subscription_periods') }}

),

subscriptions as (

    select * from {{ ref('subscriptions') }}

)

select
    subscriptions.subscription_id,
    periods.valid_from,
    periods.valid_to
from subscriptions
left join periods on subscriptions.subscription_id = periods.subscription_id
where
    periods.subscription_id is null
    or (periods.place = 1 and periods.valid_from <> subscriptions.started_at)
    or (periods.place > 1 and periods.valid_from is distinct from periods.ended_before)
    or periods.valid_to < periods.valid_from
    or (periods.valid_to is null and periods.place < periods.period_count)

with population as (

    select
        customer_id,
        snapshot_at
    from {{ ref('int_churn_populations_chosen') }}

),

email_events as (

    select * from {{ ref('email_events') }}
    where metric_name in ('Opened Email', 'Clicked Email')

),

emails as (

    select
        population.customer_id,
        population.snapshot_at,
        {{ count_within(
            'email_events.occurred_at', 'population.snapshot_at', 90,
            condition="email_events.metric_name = 'Opened Email'"
        ) }} as email_open_count_last_90_days,
        {{ count_within(
            'email_events.occurred_at', 'population.snapshot_at', 90,
            condition="email_events.metric_name = 'Clicked Email'"
        ) }} as email_click_count_last_90_days
    from population
    inner join email_events
        on
            population.customer_id = email_events.customer_id
            and population.snapshot_at > email_events.occurred_at
    group by population.customer_id, population.snapshot_at

)

select * from emails

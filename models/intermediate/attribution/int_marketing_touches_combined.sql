with arrivals as (

    select * from {{ ref('int_arrivals_classified') }}
    where customer_id is not null

),

email_clicks as (

    select * from {{ ref('email_events') }}
    where metric_name = 'Clicked Email' and customer_id is not null

),

-- a click that a visit followed is that visit; the others would be lost
unseen_clicks as (

    select email_clicks.*
    from email_clicks
    where
        not exists (
            select 1
            from arrivals
            where
                arrivals.customer_id = email_clicks.customer_id
                and arrivals.channel = 'email'
                and arrivals.last_arrived_at >= email_clicks.occurred_at
                and arrivals.occurred_at
                < {{ dbt.dateadd('minute', 30, 'email_clicks.occurred_at') }}
        )

),

touches as (

    select
        arrival_id as touch_id,
        customer_id,
        channel,
        campaign_name,
        ad_id,
        occurred_at
    from arrivals
    union all
    select
        'email_click_' || email_event_id as touch_id,
        customer_id,
        'email' as channel,
        campaign_name,
        cast(null as {{ dbt.type_string() }}) as ad_id,
        occurred_at
    from unseen_clicks

)

select * from touches

{{ config(materialized='view') }}

with arrivals as (

    select * from {{ ref('int_arrivals_classified') }}
    where customer_id is not null

),

channels as (

    select * from {{ ref('channels') }}
    where is_paid

),

touches as (

    select
        'ad_click_' || arrivals.arrival_id as touch_id,
        arrivals.customer_id,
        'ad_click' as touch_type,
        coalesce(arrivals.campaign_name, arrivals.channel) as touch_name,
        arrivals.channel as channel_name,
        arrivals.occurred_at
    from arrivals
    inner join channels on arrivals.channel = channels.channel

)

select * from touches

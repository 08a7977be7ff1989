{% set look_back = '(-' ~ var('attribution_lookback_days') ~ ')' %}

with conversions as (

    select * from {{ ref('int_conversions_combined') }}

),

touches as (

    select * from {{ ref('int_marketing_touches_combined') }}

),

first_touches as (

    select
        customer_id,
        min(occurred_at) as first_touched_at
    from touches
    group by customer_id

),

-- Without a touch in the window: direct where a touch before it is known, and unknown
-- where nothing is; so every conversion has a channel and totals are all conversions.
paired as (

    select
        conversions.conversion_id,
        conversions.conversion_type,
        conversions.customer_id,
        touches.touch_id,
        coalesce(
            touches.channel,
            case
                when first_touches.first_touched_at <= conversions.converted_at
                    then 'direct'
                else 'unknown'
            end
        ) as channel,
        touches.campaign_name,
        touches.ad_id,
        touches.occurred_at,
        conversions.currency_code,
        conversions.revenue_amount,
        conversions.converted_at
    from conversions
    left join first_touches on conversions.customer_id = first_touches.customer_id
    left join touches
        on
            conversions.customer_id = touches.customer_id
            and conversions.converted_at >= touches.occurred_at
            and {{ dbt.dateadd('day', look_back, 'conversions.converted_at') }}
            <= touches.occurred_at

),

numbered as (

    select
        *,
        row_number() over (
            partition by conversion_id
            order by occurred_at, touch_id
        ) as touch_number,
        count(*) over (partition by conversion_id) as touch_count,
        count(*) over (partition by conversion_id, channel) as channel_touch_count
    from paired

)

select * from numbered

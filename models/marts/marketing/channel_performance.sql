with performance as (

    select * from {{ ref('int_performance_combined') }}

),

-- the newest names of each ad: platforms let people rename everything, and links keep
-- the names of their day
ads as (

    select
        ad_id,
        ad_name,
        channel,
        campaign_id,
        campaign_name
    from {{ ref('ad_performance') }}
    qualify
        row_number() over (
            partition by ad_id
            order by performed_date desc, ad_performance_id desc
        ) = 1

),

named as (

    select
        performance.attribution_model,
        performance.performed_month,
        coalesce(ads.channel, performance.channel) as channel,
        ads.campaign_id,
        coalesce(ads.campaign_name, performance.campaign_name) as campaign_name,
        performance.ad_id,
        ads.ad_name,
        performance.currency_code,
        sum(performance.spend_amount) as spend_amount,
        sum(performance.click_count) as click_count,
        sum(performance.impression_count) as impression_count,
        sum(performance.order_credit) as order_credit,
        sum(performance.new_customer_credit) as new_customer_credit,
        sum(performance.revenue_amount) as revenue_amount
    from performance
    left join ads on performance.ad_id = ads.ad_id
    group by
        performance.attribution_model,
        performance.performed_month,
        coalesce(ads.channel, performance.channel),
        ads.campaign_id,
        coalesce(ads.campaign_name, performance.campaign_name),
        performance.ad_id,
        ads.ad_name,
        performance.currency_code

),

channel_performance as (

    select
        -- ids
        {{
            surrogate_key([
                'attribution_model', 'performed_month', 'channel', 'campaign_id',
                'campaign_name', 'ad_id', 'currency_code',
            ])
        }} as channel_performance_id,
        campaign_id,
        ad_id,

        -- strings
        attribution_model,
        channel,
        campaign_name,
        ad_name,
        currency_code,

        -- numbers
        cast(spend_amount as decimal(18, 2)) as spend_amount,
        cast(click_count as bigint) as click_count,
        cast(impression_count as bigint) as impression_count,
        cast(order_credit as decimal(18, 9)) as order_credit,
        cast(new_customer_credit as decimal(18, 9)) as new_customer_credit,
        cast(revenue_amount as decimal(18, 2)) as revenue_amount,
        cast(
            case when spend_amount > 0 then spend_amount end
            / nullif(cast(new_customer_credit as double), 0) as decimal(18, 2)
        ) as acquisition_cost_amount,
        cast(revenue_amount as double) / nullif(cast(spend_amount as double), 0)
            as return_on_ad_spend,

        -- dates
        performed_month
    from named

)

select * from channel_performance

with google_ads as (

    select
        'google_' || ad_day_id as ad_performance_id,
        case
            when campaign_type in ('DISPLAY', 'VIDEO') then 'display'
            else 'paid_search'
        end as channel,
        'google_ads' as platform,
        campaign_id,
        campaign_name,
        ad_id,
        ad_name,
        performed_date,
        spend_amount,
        currency_code,
        click_count,
        impression_count,
        platform_conversion_count
    from {{ ref('stg_google_ads__ad_days') }}

),

meta_ads as (

    select
        'meta_' || ad_day_id as ad_performance_id,
        'paid_social' as channel,
        'meta_ads' as platform,
        campaign_id,
        campaign_name,
        ad_id,
        ad_name,
        performed_date,
        spend_amount,
        currency_code,
        click_count,
        impression_count,
        platform_conversion_count
    from {{ ref('stg_meta_ads__ad_days') }}

),

combined as (

    select * from google_ads
    union all
    select * from meta_ads

),

ordered as (

    select
        -- ids
        ad_performance_id,
        campaign_id,
        ad_id,

        -- strings
        channel,
        platform,
        campaign_name,
        ad_name,
        currency_code,

        -- numbers
        spend_amount,
        click_count,
        impression_count,
        platform_conversion_count,

        -- dates
        performed_date
    from combined

)

select * from ordered

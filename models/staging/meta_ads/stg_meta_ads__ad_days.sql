with ad_days as (

    select * from {{ source('meta_ads', 'ad_days') }}

),

renamed as (

    select
        -- ids
        ad_day_id,
        campaign_id,
        adset_id as ad_group_id,
        ad_id,

        -- strings
        campaign_name,
        adset_name as ad_group_name,
        ad_name,
        upper(account_currency) as currency_code,

        -- numbers
        cast(spend as decimal(18, 2)) as spend_amount,
        -- all clicks, also on the page's name, are more than those that led to the shop
        inline_link_clicks as click_count,
        impressions as impression_count,
        cast(purchases as decimal(18, 2)) as platform_conversion_count,
        cast(purchases_value as decimal(18, 2)) as platform_conversion_amount,

        -- dates
        date_start as performed_date

    from ad_days

)

select * from renamed

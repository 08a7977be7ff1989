with ad_days as (

    select * from {{ source('google_ads', 'ad_days') }}

),

renamed as (

    select
        -- ids
        ad_day_id,
        campaign_id,
        ad_group_id,
        ad_id,

        -- strings
        campaign_name,
        campaign_type,
        ad_group_name,
        -- a responsive search ad has no name of its own
        coalesce(nullif(trim(ad_name), ''), ad_group_name) as ad_name,
        upper(currency_code) as currency_code,

        -- numbers
        cast(cost_micros / 1000000.0 as decimal(18, 2)) as spend_amount,
        clicks as click_count,
        impressions as impression_count,
        cast(conversions as decimal(18, 2)) as platform_conversion_count,
        cast(conversions_value as decimal(18, 2)) as platform_conversion_amount,

        -- dates
        date as performed_date

    from ad_days

)

select * from renamed

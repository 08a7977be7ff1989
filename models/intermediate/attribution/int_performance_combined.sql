with ad_days as (

    select * from {{ ref('ad_performance') }}

),

credits as (

    select * from {{ ref('attribution_credits') }}
    where conversion_type in ('order', 'first_order')

),

-- what was spent shows by every model, and by one where there are no orders yet
attribution_models as (

    select attribution_model from credits
    union
    select 'last_touch' as attribution_model

),

spent as (

    select
        attribution_models.attribution_model,
        cast({{ dbt.date_trunc('month', 'ad_days.performed_date') }} as date)
            as performed_month,
        ad_days.ad_id,
        ad_days.channel,
        ad_days.campaign_name,
        ad_days.currency_code,
        ad_days.spend_amount,
        ad_days.click_count,
        ad_days.impression_count,
        cast(0 as decimal(18, 9)) as order_credit,
        cast(0 as decimal(18, 9)) as new_customer_credit,
        cast(0 as decimal(18, 2)) as revenue_amount
    from ad_days
    cross join attribution_models

),

earned as (

    select
        attribution_model,
        cast({{ dbt.date_trunc('month', 'converted_at') }} as date) as performed_month,
        ad_id,
        channel,
        campaign_name,
        currency_code,
        cast(0 as decimal(18, 2)) as spend_amount,
        0 as click_count,
        0 as impression_count,
        case conversion_type when 'order' then credit_share else 0 end as order_credit,
        case conversion_type when 'first_order' then credit_share else 0 end
            as new_customer_credit,
        case conversion_type when 'order' then credited_amount else 0 end
            as revenue_amount
    from credits

),

combined as (

    select * from spent
    union all
    select * from earned

)

select * from combined

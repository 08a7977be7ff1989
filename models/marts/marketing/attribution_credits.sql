with credits as (

    select * from {{ ref('int_credits_apportioned') }}

),

conversion_touches as (

    select * from {{ ref('int_conversion_touches_paired') }}

),

described as (

    select
        -- ids
        {{
            surrogate_key([
                'credits.attribution_model',
                'credits.conversion_id',
                'credits.touch_number',
            ])
        }} as attribution_credit_id,
        credits.conversion_id,
        conversion_touches.customer_id,
        conversion_touches.touch_id,
        conversion_touches.ad_id,

        -- strings
        credits.attribution_model,
        conversion_touches.conversion_type,
        conversion_touches.channel,
        conversion_touches.campaign_name,
        conversion_touches.currency_code,

        -- numbers
        cast(credits.credited_share / 1000000000.0 as decimal(18, 9)) as credit_share,
        cast(credits.credited_cents / 100.0 as decimal(18, 2)) as credited_amount,

        -- timestamps
        conversion_touches.occurred_at as touched_at,
        conversion_touches.converted_at
    from credits
    inner join conversion_touches
        on
            credits.conversion_id = conversion_touches.conversion_id
            and credits.touch_number = conversion_touches.touch_number

)

select * from described

with coupons as (

    select * from {{ source('stripe', 'coupons') }}

),

renamed as (

    select
        -- ids
        id as coupon_id,

        -- strings
        name as coupon_name,
        duration as coupon_duration,
        upper(currency) as currency_code,

        -- numbers
        cast(percent_off / 100 as double) as discount_share,
        {{ amount_from_minor_units('amount_off', 'currency') }} as discount_amount,
        cast(coalesce(times_redeemed, 0) as bigint) as redemption_count,

        -- booleans
        coalesce(valid, false) and not coalesce(deleted, false) as is_valid,

        -- timestamps
        {{ utc_timestamp('created') }} as created_at

    from coupons

)

select * from renamed

with prices as (

    select
        *,
        {{ json_text('recurring', 'interval') }} as span_name,
        {{ json_number('recurring', 'interval_count', 'bigint') }} as span_count,
        {{ amount_from_minor_units('unit_amount', 'currency') }} as price_amount
    from {{ source('stripe', 'prices') }}
    where not coalesce(deleted, false)

),

renamed as (

    select
        -- ids
        id as price_id,
        product as stripe_product_id,

        -- strings
        nickname as price_name,
        upper(currency) as currency_code,

        -- numbers
        price_amount as unit_amount,
        case
            when span_name is not null
                then {{ amount_by_month('price_amount', 'span_name', 'span_count') }}
        end as monthly_amount,

        -- booleans
        span_name is not null as is_recurring,
        coalesce(active, false) as is_active,

        -- timestamps
        {{ utc_timestamp('created') }} as created_at

    from prices

)

select * from renamed

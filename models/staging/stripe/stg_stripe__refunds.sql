with refunds as (

    select * from {{ source('stripe', 'refunds') }}
    where not coalesce(deleted, false)

),

renamed as (

    select
        -- ids
        id as refund_id,
        charge as charge_id,
        {{ json_text('metadata', 'order_id') }} as order_id,

        -- strings
        reason as refund_reason,
        status as refund_status,
        upper(currency) as currency_code,

        -- numbers
        {{ amount_from_minor_units('amount', 'currency') }} as refund_amount,

        -- timestamps
        {{ utc_timestamp('created') }} as refunded_at

    from refunds

)

select * from renamed

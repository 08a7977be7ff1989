with charges as (

    select * from {{ source('stripe', 'charges') }}

),

converted as (

    select
        *,
        {{ amount_from_minor_units('amount', 'currency') }} as charge_amount,
        {{ amount_from_minor_units('coalesce(amount_refunded, 0)', 'currency') }}
            as refunded_amount
    from charges

),

renamed as (

    select
        -- ids
        id as charge_id,
        {{ json_text('metadata', 'order_id') }} as order_id,
        customer as payments_customer_id,

        -- strings
        {{ normalised_email(json_text('billing_details', 'email')) }} as email,
        status as charge_status,
        upper(currency) as currency_code,

        -- numbers
        charge_amount,
        refunded_amount,
        cast(charge_amount - refunded_amount as decimal(18, 2)) as net_amount,

        -- timestamps
        {{ utc_timestamp('created') }} as created_at

    from converted

)

select * from renamed

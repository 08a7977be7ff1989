{# Newer versions of the API name the coupon in source, older ones show it whole. #}
with invoices as (

    select
        id as invoice_id,
        currency,
        discounts,
        total_discount_amounts
    from {{ source('stripe', 'invoices') }}
    where not coalesce(deleted, false)

),

discounts as (

    {{ json_records(
        'invoices', ['invoice_id', 'currency'], 'discounts', '',
        ['id', 'source', 'coupon']
    ) }}

),

amounts as (

    {{ json_records(
        'invoices', ['invoice_id'], 'total_discount_amounts', '', ['discount', 'amount']
    ) }}

),

summed as (

    select
        invoice_id,
        discount as discount_id,
        sum(try_cast(amount as bigint)) as discount_cents
    from amounts
    group by invoice_id, discount

),

renamed as (

    select
        -- ids
        {{ surrogate_key(['discounts.invoice_id', 'discounts.id']) }}
            as invoice_discount_id,
        discounts.invoice_id,
        discounts.id as discount_id,
        coalesce(
            {{ json_text('discounts.source', 'coupon.id') }},
            {{ json_text('discounts.source', 'coupon') }},
            {{ json_text('discounts.coupon', 'id') }}
        ) as coupon_id,

        -- strings
        upper(discounts.currency) as currency_code,

        -- numbers
        {{ amount_from_minor_units(
            'coalesce(summed.discount_cents, 0)', 'discounts.currency'
        ) }} as discount_amount

    from discounts
    left join summed
        on
            discounts.invoice_id = summed.invoice_id
            and discounts.id = summed.discount_id

)

select * from renamed

{# Newer versions of the API name the price in pricing and prorations in parent, older
   ones in price and proration. #}
with invoices as (

    select
        id as invoice_id,
        currency,
        lines
    from {{ source('stripe', 'invoices') }}
    where not coalesce(deleted, false)

),

opened as (

    {{ json_records(
        'invoices', ['invoice_id', 'currency'], 'lines', 'data',
        ['id', 'amount', 'description', 'quantity', 'period', 'pricing', 'price',
         'discount_amounts', 'parent', 'proration']
    ) }}

),

counted as (

    select
        *,
        try_cast(amount as bigint) as line_cents,
        coalesce({{ json_sum('discount_amounts', 'amount') }}, 0) as discount_cents
    from opened

),

renamed as (

    select
        -- ids
        id as invoice_line_id,
        invoice_id,
        coalesce(
            {{ json_text('pricing', 'price_details.price') }},
            {{ json_text('price', 'id') }}
        ) as price_id,
        coalesce(
            {{ json_text('pricing', 'price_details.product') }},
            {{ json_text('price', 'product') }}
        ) as stripe_product_id,

        -- strings
        description as line_description,
        upper(currency) as currency_code,

        -- numbers
        cast(position as integer) as line_number,
        coalesce(try_cast(quantity as bigint), 1) as quantity,
        {{ amount_from_minor_units('coalesce(line_cents, 0)', 'currency') }}
            as line_amount,
        {{ amount_from_minor_units('discount_cents', 'currency') }} as discount_amount,

        -- booleans
        coalesce(
            {{ json_text('parent', 'subscription_item_details.proration') }},
            {{ json_text('parent', 'invoice_item_details.proration') }},
            proration,
            'false'
        ) = 'true' as is_proration,

        -- timestamps
        {{ unix_timestamp(json_number('period', 'start', 'bigint')) }}
            as period_started_at,
        {{ unix_timestamp(json_number('period', 'end', 'bigint')) }} as period_ended_at

    from counted

)

select * from renamed

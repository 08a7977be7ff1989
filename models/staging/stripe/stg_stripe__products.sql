with products as (

    select
        *,
        {{ json_text('default_price', 'currency') }} as currency,
        {{ json_number('default_price', 'unit_amount', 'bigint') }} as unit_cents,
        {{ json_number('metadata', 'cost', 'bigint') }} as cost_cents
    from {{ source('stripe', 'products') }}
    where not coalesce(deleted, false)

),

renamed as (

    select
        -- ids
        coalesce({{ json_text('metadata', 'product_id') }}, id) as product_id,
        id as stripe_product_id,

        -- strings
        {{ json_text('metadata', 'sku') }} as sku,
        name as product_name,
        {{ json_text('metadata', 'category') }} as category_name,
        upper(currency) as currency_code,

        -- numbers
        {{ amount_from_minor_units('unit_cents', 'currency') }} as unit_amount,
        {{ amount_from_minor_units('cost_cents', 'currency') }} as cost_amount,

        -- booleans
        coalesce(active, false) as is_active,

        -- timestamps
        {{ utc_timestamp('created') }} as created_at

    from products

)

select * from renamed

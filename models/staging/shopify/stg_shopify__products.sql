{# What is sold is a variant: it has the price and the article's number. #}
with products as (

    select
        id as shopify_product_id,
        title as product_name,
        product_type,
        status,
        created_at,
        updated_at,
        variants
    from {{ source('shopify', 'products') }}
    where _deleted_at is null

),

opened as (

    {{ json_records(
        'products',
        [
            'shopify_product_id', 'product_name', 'product_type', 'status',
            'created_at', 'updated_at',
        ],
        'variants', '', ['id', 'title', 'sku', 'price']
    ) }}

),

renamed as (

    select
        -- ids
        id as variant_id,
        cast(shopify_product_id as {{ dbt.type_string() }}) as shopify_product_id,

        -- strings
        sku,
        product_name,
        -- the vendor's name for the only variant of a product
        nullif(title, 'Default Title') as variant_name,
        nullif(trim(product_type), '') as category_name,

        -- numbers
        cast(price as decimal(18, 2)) as unit_amount,

        -- booleans
        coalesce(status, '') = 'active' as is_active,

        -- timestamps
        {{ utc_timestamp('created_at') }} as created_at,
        {{ utc_timestamp('updated_at') }} as updated_at

    from opened

)

select * from renamed

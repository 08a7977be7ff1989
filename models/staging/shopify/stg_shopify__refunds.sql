{# What is given back is what the payment took back: lines can be returned unpaid. #}
with orders as (

    select
        id as shopify_order_id,
        refunds
    from {{ source('shopify', 'orders') }}
    where _deleted_at is null and not coalesce(test, false)

),

given_back as (

    {{ json_records('orders', ['shopify_order_id'], 'refunds', '', [
        'id', 'created_at', 'processed_at', 'transactions',
    ]) }}

),

payments as (

    {{ json_records('given_back', ['id'], 'transactions', '', [
        'kind', 'status', 'amount', 'currency',
    ]) }}

),

paid as (

    select
        id,
        sum(cast(amount as decimal(18, 2))) as refund_amount,
        max(upper(currency)) as currency_code
    from payments
    where kind = 'refund' and status = 'success'
    group by id

),

renamed as (

    select
        -- ids
        given_back.id as shop_refund_id,
        cast(given_back.shopify_order_id as {{ dbt.type_string() }})
            as shopify_order_id,

        -- strings
        paid.currency_code,

        -- numbers
        cast(coalesce(paid.refund_amount, 0) as decimal(18, 2)) as refund_amount,

        -- timestamps
        {{ utc_timestamp('coalesce(given_back.processed_at, given_back.created_at)') }}
            as refunded_at

    from given_back
    left join paid on given_back.id = paid.id

)

select * from renamed

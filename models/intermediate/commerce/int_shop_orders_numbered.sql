{{ config(materialized='view') }}

{# A copy of an order has its attributes too, but is another order. Of a customer who
   was deleted an order says nothing any more. #}
with copies as (

    select
        *,
        row_number() over (
            partition by order_id
            order by created_at, shopify_order_id
        ) as copy_number
    from {{ ref('stg_shopify__orders') }}

),

forgotten as (

    select * from {{ ref('stg_shopify__deleted_customers') }}

),

numbered as (

    select
        -- ids
        case
            when copies.copy_number = 1 then copies.order_id
            else copies.shopify_order_id
        end as order_id,
        copies.shopify_order_id,
        case when forgotten.deleted_at is null then copies.shop_customer_id end
            as shop_customer_id,

        -- strings
        copies.order_name,
        case when forgotten.deleted_at is null then copies.email end as email,
        copies.order_channel,
        copies.currency_code,

        -- numbers
        copies.subtotal_amount,
        copies.discount_amount,
        copies.tax_amount,
        copies.shipping_amount,
        copies.order_amount,

        -- timestamps
        copies.ordered_at,
        copies.created_at,
        copies.updated_at,
        copies.cancelled_at
    from copies
    left join forgotten on copies.shop_customer_id = forgotten.shop_customer_id

)

select * from numbered

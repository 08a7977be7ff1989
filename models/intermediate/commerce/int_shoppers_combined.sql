with customers as (

    select
        shop_customer_id,
        user_id,
        {{ normalised_email('email') }} as email,
        false as is_guest,
        created_at as first_seen_at
    from {{ ref('stg_shopify__customers') }}

),

orders as (

    select * from {{ ref('int_shop_orders_numbered') }}

),

-- who ordered without a record in the shop, or with one that is not loaded yet
guests as (

    select
        orders.shop_customer_id,
        cast(null as {{ dbt.type_string() }}) as user_id,
        orders.email,
        true as is_guest,
        orders.created_at as first_seen_at
    from orders
    left join customers on orders.shop_customer_id = customers.shop_customer_id
    where customers.shop_customer_id is null

),

combined as (

    select * from customers
    union all
    select * from guests

)

select
    shop_customer_id,
    user_id,
    email,
    is_guest,
    min(first_seen_at) as first_seen_at
from combined
group by shop_customer_id, user_id, email, is_guest

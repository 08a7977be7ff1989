with orders as (

    select * from {{ ref('order_margins') }}
    where customer_id is not null

),

rates as (

    select * from {{ ref('int_currency_rates_dated') }}

),

rated as (

    select
        orders.*,
        {{ reporting_rate('orders.currency_code') }} as rate
    from orders
    left join rates on {{ is_rate_of('orders.currency_code', 'orders.ordered_at') }}

),

summed as (

    select
        customer_id,
        currency_code,
        count(*) as order_count,
        count(case when has_coupon then 1 end) as coupon_order_count,
        cast(sum(order_amount) as decimal(18, 2)) as order_amount,
        cast(sum(refunded_amount) as decimal(18, 2)) as refunded_amount,
        cast(sum(order_amount) - sum(refunded_amount) as decimal(18, 2))
            as lifetime_value_amount,
        cast(sum((order_amount - refunded_amount) * rate) as decimal(18, 2))
            as reporting_value_amount,
        cast(sum(discount_amount) as decimal(18, 2)) as discount_amount,
        cast(sum(margin_amount) as decimal(18, 2)) as margin_amount,
        min(case when has_known_cost then 1 else 0 end) = 1 as has_known_cost,
        min(ordered_at) as first_ordered_at,
        max(ordered_at) as last_ordered_at
    from rated
    group by customer_id, currency_code

),

ranked as (

    select
        {{ surrogate_key(['customer_id', 'currency_code']) }} as customer_value_id,
        *,
        cast(
            ntile(10) over (
                partition by currency_code
                order by lifetime_value_amount desc, customer_id asc
            ) as integer
        ) as value_decile
    from summed

)

select
    -- ids
    customer_value_id,
    customer_id,

    -- strings
    currency_code,

    -- numbers
    order_count,
    coupon_order_count,
    order_amount,
    refunded_amount,
    lifetime_value_amount,
    reporting_value_amount,
    discount_amount,
    margin_amount,
    value_decile,

    -- booleans
    has_known_cost,

    -- timestamps
    first_ordered_at,
    last_ordered_at
from ranked

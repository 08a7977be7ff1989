with orders as (

    select * from {{ ref('int_shop_orders_matched') }}

),

daily as (

    select
        ordered_date,
        coalesce(currency_code, 'unknown') as currency_code,
        cast(sum(case when is_in_shop then 1 else 0 end) as bigint) as shop_order_count,
        cast(sum(case when is_in_events then 1 else 0 end) as bigint)
            as event_order_count,
        cast(coalesce(sum(shop_amount), 0) as decimal(18, 2)) as shop_amount,
        cast(coalesce(sum(event_amount), 0) as decimal(18, 2)) as event_amount,
        cast(count(difference_reason) as bigint) as different_order_count
    from orders
    group by
        ordered_date,
        coalesce(currency_code, 'unknown')

),

keyed as (

    select
        {{ surrogate_key(['ordered_date', 'currency_code']) }}
            as order_reconciliation_id,
        currency_code,
        shop_order_count,
        event_order_count,
        shop_amount,
        event_amount,
        cast(event_amount - shop_amount as decimal(18, 2)) as difference_amount,
        different_order_count,
        different_order_count > 0 as is_different,
        ordered_date
    from daily

)

select * from keyed

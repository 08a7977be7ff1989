with told as (

    select * from {{ ref('int_refunds_extracted') }}

),

untold as (

    select * from {{ ref('int_shop_refunds_untold') }}

),

combined as (

    select
        refund_id,
        event_id as lines_id,
        order_id,
        customer_id,
        'events' as refund_source,
        currency_code,
        refund_amount,
        refunded_at
    from told
    union all
    select
        refund_id,
        lines_id,
        order_id,
        cast(null as {{ dbt.type_string() }}) as customer_id,
        'shop' as refund_source,
        currency_code,
        refund_amount,
        refunded_at
    from untold

)

select * from combined

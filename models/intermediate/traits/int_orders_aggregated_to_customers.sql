with orders as (

    select
        *,
        {{ is_within_last('ordered_at', 365) }} as is_of_last_365_days
    from {{ ref('orders') }}
    where customer_id is not null and cancelled_at is null

),

aggregated as (

    select
        customer_id,
        count(*) as order_count,
        count(case when is_of_last_365_days then 1 end) as order_count_last_365_days,
        count(
            case
                when
                    is_of_last_365_days
                    and coalesce(reporting_amount, order_amount) > 100
                    then 1
            end
        ) as order_count_over_100_last_365_days,
        {{ summed_amount() }} as order_amount_lifetime,
        {{ summed_amount('is_of_last_365_days') }} as order_amount_last_365_days,
        case
            when min(currency_code) <> max(currency_code)
                then '{{ var('reporting_currency') }}'
            else max(currency_code)
        end as currency_code,
        min(ordered_at) as first_ordered_at,
        max(ordered_at) as last_ordered_at
    from orders
    group by customer_id

)

select * from aggregated

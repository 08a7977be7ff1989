with orders as (

    select
        *,
        {{ is_within_last('ordered_at', 365) }} as is_of_last_365_days,
        {{ is_in_several_currencies() }} as is_in_several_currencies
    from {{ ref('orders') }}
    where customer_id is not null and cancelled_at is null

),

-- amounts of several currencies are added up in the reporting one
valued as (

    select
        *,
        case when is_in_several_currencies then reporting_amount else order_amount end
            as valued_amount
    from orders

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
        cast(sum(valued_amount) as decimal(18, 2)) as order_amount_lifetime,
        cast(
            sum(case when is_of_last_365_days then valued_amount else 0 end)
            as decimal(18, 2)
        ) as order_amount_last_365_days,
        case
            when min(currency_code) <> max(currency_code)
                then '{{ var('reporting_currency') }}'
            else max(currency_code)
        end as currency_code,
        min(ordered_at) as first_ordered_at,
        max(ordered_at) as last_ordered_at
    from valued
    group by customer_id

)

select * from aggregated

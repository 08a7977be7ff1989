with population as (

    select
        customer_id,
        snapshot_at
    from {{ ref('int_churn_populations_chosen') }}

),

orders as (

    select
        *,
        -- a hundred yen are not a hundred dollars
        coalesce(reporting_amount, order_amount) as purchase_amount
    from {{ ref('orders') }}
    where order_channel <> 'subscription'

),

purchases as (

    select
        population.customer_id,
        population.snapshot_at,
        count(*) as purchase_count,
        {{ count_within('orders.ordered_at', 'population.snapshot_at', 30) }}
            as purchase_count_last_30_days,
        {{ count_within('orders.ordered_at', 'population.snapshot_at', 90) }}
            as purchase_count_last_90_days,
        cast(sum(orders.purchase_amount) as decimal(18, 2)) as purchase_amount,
        cast(
            sum(
                case
                    when
                        orders.ordered_at
                        >= {{ dbt.dateadd('day', -90, 'population.snapshot_at') }}
                        then orders.purchase_amount
                    else 0
                end
            ) as decimal(18, 2)
        ) as purchase_amount_last_90_days,
        count(orders.coupon_code) as coupon_purchase_count,
        max(orders.ordered_at) as last_ordered_at
    from population
    inner join orders
        on
            population.customer_id = orders.customer_id
            and population.snapshot_at > orders.ordered_at
            -- a cancellation that is yet to come is not known
            and population.snapshot_at
            <= coalesce(orders.cancelled_at, population.snapshot_at)
    group by population.customer_id, population.snapshot_at

)

select
    *,
    {{ dbt.datediff('last_ordered_at', 'snapshot_at', 'day') }} as days_since_last_order
from purchases

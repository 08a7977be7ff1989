-- Who is of high value? At least five purchases over 100 in the last 365 days, 25 to 45
-- years old, and at least one visit in each of the last 12 weeks. (G-20)
select
    customer_id,
    email,
    age_years,
    order_count_over_100_last_365_days,
    order_amount_last_365_days,
    active_week_count_last_12_weeks
from {{ ref('customers') }}
where is_high_value
order by order_amount_last_365_days desc, customer_id asc

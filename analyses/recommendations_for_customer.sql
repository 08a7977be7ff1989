-- What to recommend to this customer now? Their own list, or the one for everybody
-- where they have none. Run with --vars '{customer_id: c_1234567890abcdef}'. (RT-7)
with recommendations as (

    select * from {{ ref('customer_recommendations') }}

),

own as (

    select * from recommendations
    where customer_id = '{{ var("customer_id", "*") }}'

),

everybody as (

    select * from recommendations
    where
        customer_id = '*'
        and not exists (select own.customer_id from own)

),

chosen as (

    select * from own
    union distinct
    select * from everybody

)

select
    recommendation_rank,
    product_id,
    product_name,
    category_name,
    unit_amount
from chosen
order by recommendation_rank

-- What are the top page views of qualified leads who have made more than five purchases
-- in the last year? (G-15)
with qualified_buyers as (

    select customer_id
    from {{ ref('customers') }}
    where is_qualified_lead and order_count_last_365_days > 5

)

select
    page_path,
    count(*) as page_view_count,
    count(distinct customer_id) as customer_count
from {{ ref('page_views') }}
where customer_id in (select qualified_buyers.customer_id from qualified_buyers)
group by page_path
order by page_view_count desc, page_path asc

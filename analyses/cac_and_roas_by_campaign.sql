-- What did a new customer cost, and what came back of each dollar, by channel and
-- campaign, over all months? (G-1) One attribution model at a time: never add two.
select
    channel,
    campaign_name,
    currency_code,
    sum(spend_amount) as spend_amount,
    sum(order_credit) as order_credit,
    sum(new_customer_credit) as new_customer_credit,
    sum(revenue_amount) as revenue_amount,
    round(nullif(sum(spend_amount), 0) / nullif(sum(new_customer_credit), 0), 2)
        as acquisition_cost_amount,
    round(sum(revenue_amount) / nullif(sum(spend_amount), 0), 2) as return_on_ad_spend
from {{ ref('channel_performance') }}
where attribution_model = 'shapley'
group by channel, campaign_name, currency_code
order by spend_amount desc, revenue_amount desc

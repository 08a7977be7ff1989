-- By every model, each month and currency costs what the ads of it cost, is clicked as
-- often, and earns what orders came to.
with expected as (

    select
        cast({{ dbt.date_trunc('month', 'performed_date') }} as date)
            as performed_month,
        currency_code,
        spend_amount,
        click_count,
        cast(0 as decimal(18, 2)) as revenue_amount
    from {{ ref('ad_performance') }}
    union all
    select
        cast({{ dbt.date_trunc('month', 'converted_at') }} as date) as performed_month,
        currency_code,
        cast(0 as decimal(18, 2)) as spend_amount,
        0 as click_count,
        revenue_amount
    from {{ ref('int_conversions_combined') }}
    where conversion_type = 'order'

),

attribution_models as (

    select distinct attribution_model
    from {{ ref('attribution_credits') }}
    where conversion_type = 'order'

),

compared as (

    select
        attribution_models.attribution_model,
        expected.performed_month,
        expected.currency_code,
        -expected.spend_amount as spend_amount,
        -expected.click_count as click_count,
        -expected.revenue_amount as revenue_amount
    from expected
    cross join attribution_models
    union all
    select
        performance.attribution_model,
        performance.performed_month,
        performance.currency_code,
        performance.spend_amount,
        performance.click_count,
        performance.revenue_amount
    from {{ ref('channel_performance') }} as performance
    inner join attribution_models
        on performance.attribution_model = attribution_models.attribution_model

)

select
    attribution_model,
    performed_month,
    currency_code,
    sum(spend_amount) as spend_difference,
    sum(click_count) as click_difference,
    sum(revenue_amount) as revenue_difference
from compared
group by attribution_model, performed_month, currency_code
having
    sum(spend_amount) <> 0
    or sum(click_count) <> 0
    or sum(revenue_amount) <> 0

{% set month_end %}
least({{ dbt.dateadd('month', 1, 'months.month_date') }}, {{ as_of() }})
{%- endset %}

with subscriptions as (

    select
        *,
        cast({{ dbt.date_trunc('month', 'started_at') }} as date) as started_month,
        cast({{ dbt.date_trunc('month', 'ended_at') }} as date) as cancelled_month
    from {{ ref('subscriptions') }}

),

periods as (

    select * from {{ ref('subscription_periods') }}

),

months as (

    select distinct
        cast({{ dbt.date_trunc('month', 'calendar_date') }} as date) as month_date
    from {{ ref('calendar_days') }}
    where calendar_date <= cast({{ as_of() }} as date)

),

-- at the price of the month's last moment, or of now
placed as (

    select
        subscriptions.currency_code,
        subscriptions.plan_name,
        coalesce(periods.monthly_amount, subscriptions.monthly_amount)
            as monthly_amount,
        subscriptions.started_month,
        subscriptions.cancelled_month,
        months.month_date
    from subscriptions
    inner join months
        on
            subscriptions.started_month <= months.month_date
            and coalesce(subscriptions.cancelled_month >= months.month_date, true)
    left join periods
        on
            subscriptions.subscription_id = periods.subscription_id
            and periods.valid_from < {{ month_end }}
            and coalesce(periods.valid_to >= {{ month_end }}, true)

),

counted as (

    select
        month_date,
        currency_code,
        plan_name,
        count(case when started_month < month_date then 1 end) as opening_count,
        count(case when started_month = month_date then 1 end) as started_count,
        count(case when cancelled_month = month_date then 1 end) as cancelled_count,
        count(
            case
                when started_month < month_date and cancelled_month = month_date
                    then 1
            end
        ) as churned_count,
        cast(
            sum(case when month_date = cancelled_month then 0 else monthly_amount end)
            as decimal(18, 2)
        ) as closing_monthly_amount
    from placed
    group by month_date, currency_code, plan_name

),

keyed as (

    select
        {{ surrogate_key(['month_date', 'currency_code', 'plan_name']) }}
            as subscription_month_id,
        currency_code,
        plan_name,
        opening_count,
        started_count,
        cancelled_count,
        opening_count + started_count - cancelled_count as closing_count,
        churned_count,
        closing_monthly_amount,
        cast(churned_count * 1.0 / nullif(opening_count, 0) as double)
            as churned_share,
        month_date
    from counted

)

select * from keyed

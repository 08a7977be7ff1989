with subscriptions as (

    select * from {{ ref('subscriptions') }}

),

months as (

    select distinct
        cast({{ dbt.date_trunc('month', 'calendar_date') }} as date) as month_date
    from {{ ref('calendar_days') }}
    where calendar_date <= cast({{ as_of() }} as date)

),

placed as (

    select
        subscriptions.currency_code,
        subscriptions.plan_name,
        subscriptions.monthly_amount,
        months.month_date,
        cast({{ dbt.date_trunc('month', 'subscriptions.started_at') }} as date)
            as started_month,
        cast({{ dbt.date_trunc('month', 'subscriptions.ended_at') }} as date)
            as cancelled_month
    from subscriptions
    inner join months
        on
            cast({{ dbt.date_trunc('month', 'subscriptions.started_at') }} as date)
            <= months.month_date
            and (
                subscriptions.ended_at is null
                or months.month_date
                <= cast(
                    {{ dbt.date_trunc('month', 'subscriptions.ended_at') }} as date
                )
            )

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
            coalesce(
                sum(
                    case
                        when cancelled_month is null or month_date < cancelled_month
                            then monthly_amount
                    end
                ), 0
            ) as decimal(18, 2)
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

with population as (

    select * from {{ ref('int_churn_populations_chosen') }}

),

profiles as (

    select
        customer_id,
        birth_date
    from {{ ref('int_profiles_merged_to_customers') }}

),

leads as (

    select
        customer_id,
        wholesale_since
    from {{ ref('int_leads_aggregated_to_customers') }}

),

snapshotted as (

    select
        population.customer_id,
        population.snapshot_at,
        {{ age_in_years('profiles.birth_date', 'population.snapshot_at') }}
            as age_years,
        coalesce(leads.wholesale_since < population.snapshot_at, false)
            as is_wholesale,
        coalesce(
            {{ dbt.datediff(
                'population.subscribed_at', 'population.snapshot_at', 'day'
            ) }},
            0
        ) as subscription_tenure_days,
        population.monthly_amount as subscription_monthly_amount
    from population
    left join profiles on population.customer_id = profiles.customer_id
    left join leads on population.customer_id = leads.customer_id

)

select * from snapshotted

with population as (

    select * from {{ ref('int_churn_populations_chosen') }}

),

{% if var('churn_definition') == 'lapse' %}
    stays as (

        select
            customer_id,
            ordered_at as stays_from,
            ordered_at as stays_until
        from {{ ref('orders') }}
        where order_channel <> 'subscription'

    ),
{% else %}
    stays as (

        select
            customer_id,
            started_at as stays_from,
            coalesce(cancelled_at, cast('9999-12-31' as timestamp)) as stays_until
        from {{ ref('subscriptions') }}

    ),
{% endif %}

stayed as (

    select distinct
        population.customer_id,
        population.snapshot_at
    from population
    inner join stays on population.customer_id = stays.customer_id
    where
        {% if var('churn_definition') == 'lapse' %}
            stays.stays_from >= population.snapshot_at
            and stays.stays_from < population.horizon_ends_at
        {% else %}
            stays.stays_from < population.snapshot_at
            and stays.stays_until >= population.horizon_ends_at
        {% endif %}

),

observed as (

    select
        population.customer_id,
        population.snapshot_at,
        population.horizon_ends_at,
        stayed.customer_id is null as has_left
    from population
    left join stayed
        on
            population.customer_id = stayed.customer_id
            and population.snapshot_at = stayed.snapshot_at

)

select * from observed

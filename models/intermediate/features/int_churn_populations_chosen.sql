{% if var('churn_definition') == 'lapse' %}
    {% set population = 'int_buyers_snapshotted' %}
    {% set horizon_end = dbt.dateadd('day', 90, 'snapshot_at') %}
{% else %}
    {% set population = 'int_subscribers_snapshotted' %}
    {% set horizon_end = dbt.dateadd('month', 1, 'snapshot_at') %}
{% endif %}

with population as (

    select * from {{ ref(population) }}

),

chosen as (

    select
        customer_id,
        snapshot_at,
        {{ horizon_end }} as horizon_ends_at,
        subscribed_at,
        monthly_amount
    from population

)

select * from chosen

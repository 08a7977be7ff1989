{% set is_bad = "tickets.satisfaction_score = 'bad'" %}
{% set is_rated = "tickets.updated_at < population.snapshot_at" %}

with population as (

    select
        customer_id,
        snapshot_at
    from {{ ref('int_churn_populations_chosen') }}

),

tickets as (

    select * from {{ ref('support_tickets') }}

),

contacts as (

    select
        population.customer_id,
        population.snapshot_at,
        count(*) as support_ticket_count,
        {{ count_within('tickets.created_at', 'population.snapshot_at', 30) }}
            as support_ticket_count_last_30_days,
        {{ count_within('tickets.created_at', 'population.snapshot_at', 90) }}
            as support_ticket_count_last_90_days,
        {{ count_within(
            'tickets.created_at', 'population.snapshot_at', 90,
            condition=is_bad ~ ' and ' ~ is_rated
        ) }} as bad_satisfaction_count_last_90_days,
        {{ count_within(
            'tickets.created_at', 'population.snapshot_at', 90,
            condition="tickets.channel_name = 'chat'"
        ) }} as support_chat_count_last_90_days,
        {{ count_within(
            'tickets.created_at', 'population.snapshot_at', 90,
            condition="tickets.channel_name = 'voice'"
        ) }} as support_call_count_last_90_days
    from population
    inner join tickets
        on
            population.customer_id = tickets.customer_id
            and population.snapshot_at > tickets.created_at
    group by population.customer_id, population.snapshot_at

)

select * from contacts

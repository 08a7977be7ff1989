with started_events as (

    select
        *,
        {{ json_text('properties_json', 'subscription_id') }} as subscription_id
    from {{ ref('int_events_resolved') }}
    where event_name = 'subscription_started'

),

first_started as (

    select *
    from started_events
    where subscription_id is not null
    qualify
        row_number() over (
            partition by subscription_id
            order by occurred_at, event_id
        ) = 1

),

cancelled as (

    select
        {{ json_text('properties_json', 'subscription_id') }} as subscription_id,
        min(occurred_at) as cancelled_at
    from {{ ref('int_events_deduplicated') }}
    where event_name = 'subscription_cancelled'
    group by subscription_id

),

payments as (

    select * from {{ ref('stg_stripe__subscriptions') }}

),

payments_customers as (

    select
        identifier_value,
        customer_id
    from {{ ref('customer_identifiers') }}
    where identifier_type = 'payments_customer_id'

),

from_payments as (

    select
        payments.subscription_id,
        payments_customers.customer_id,
        payments.payments_customer_id,
        payments.plan_name,
        payments.currency_code,
        payments.monthly_amount,
        payments.subscription_status in ('active', 'trialing', 'past_due') as is_active,
        payments.started_at,
        payments.cancelled_at
    from payments
    left join payments_customers
        on payments.payments_customer_id = payments_customers.identifier_value

),

from_events as (

    select
        first_started.subscription_id,
        first_started.customer_id,
        cast(null as {{ dbt.type_string() }}) as payments_customer_id,
        {{ json_text('first_started.properties_json', 'plan_name') }} as plan_name,
        upper({{ json_text('first_started.properties_json', 'currency') }})
            as currency_code,
        {{ json_number('first_started.properties_json', 'monthly_amount') }}
            as monthly_amount,
        cancelled.cancelled_at is null as is_active,
        first_started.occurred_at as started_at,
        cancelled.cancelled_at
    from first_started
    left join cancelled on first_started.subscription_id = cancelled.subscription_id
    left join payments on first_started.subscription_id = payments.subscription_id
    where payments.subscription_id is null

),

combined as (

    select * from from_payments
    union all
    select * from from_events

)

select * from combined

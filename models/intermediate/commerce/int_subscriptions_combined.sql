with payments as (

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
        payments.subscription_status,
        payments.monthly_amount,
        payments.subscription_status in ('active', 'trialing', 'past_due') as is_active,
        payments.is_paused,
        payments.started_at,
        payments.cancelled_at,
        -- who cancels for the end of what is paid stays until then
        case
            when payments.ended_at is not null then payments.ended_at
            when payments.subscription_status = 'canceled' then payments.cancelled_at
        end as ended_at
    from payments
    left join payments_customers
        on payments.payments_customer_id = payments_customers.identifier_value

),

from_events as (

    select
        subscription_id,
        customer_id,
        cast(null as {{ dbt.type_string() }}) as payments_customer_id,
        plan_name,
        currency_code,
        case when ended_at is null then 'active' else 'canceled' end
            as subscription_status,
        monthly_amount,
        ended_at is null as is_active,
        false as is_paused,
        started_at,
        ended_at as cancelled_at,
        ended_at
    from {{ ref('int_subscriptions_told') }}

),

combined as (

    select * from from_payments
    union all
    select * from from_events

)

select * from combined

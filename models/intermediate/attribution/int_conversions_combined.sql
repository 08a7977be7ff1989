with conversion_types as (

    select * from {{ ref('conversion_types') }}

),

orders as (

    select * from {{ ref('orders') }}
    where cancelled_at is null

),

events as (

    select * from {{ ref('int_events_resolved') }}
    where event_type = 'track'

),

happened as (

    {% for conversion_type in ['order', 'first_order'] %}
        select
            '{{ conversion_type }}' as conversion_type,
            order_id as record_id,
            customer_id,
            currency_code,
            order_amount as revenue_amount,
            ordered_at as converted_at
        from orders
        {% if conversion_type == 'first_order' %}
            where customer_id is not null
        {% endif %}
        union all
    {% endfor %}
    select
        'qualified_lead' as conversion_type,
        lead_id as record_id,
        customer_id,
        cast(null as {{ dbt.type_string() }}) as currency_code,
        cast(0 as decimal(18, 2)) as revenue_amount,
        coalesce(qualified_at, account_created_at, updated_at) as converted_at
    from {{ ref('leads') }}
    where is_qualified
    union all
    select
        conversion_types.conversion_type,
        events.event_id as record_id,
        events.customer_id,
        cast(null as {{ dbt.type_string() }}) as currency_code,
        cast(0 as decimal(18, 2)) as revenue_amount,
        events.occurred_at as converted_at
    from events
    inner join conversion_types
        on events.event_name = conversion_types.event_name

),

-- what happens once to a customer counts the first time
conversions as (

    select
        happened.conversion_type || '_' || happened.record_id as conversion_id,
        happened.conversion_type,
        happened.customer_id,
        happened.currency_code,
        coalesce(happened.revenue_amount, 0) as revenue_amount,
        conversion_types.is_once,
        happened.converted_at
    from happened
    inner join conversion_types
        on happened.conversion_type = conversion_types.conversion_type
    qualify
        not conversion_types.is_once
        or happened.customer_id is null
        or row_number() over (
            partition by happened.conversion_type, happened.customer_id
            order by happened.converted_at, happened.record_id
        ) = 1

)

select * from conversions

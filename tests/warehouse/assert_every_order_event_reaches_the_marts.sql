-- Orders, refunds and their lines, counted and summed where events land and in the
-- marts: rows in = rows out, and revenue to a hundredth of a cent. Events that came
-- twice count once, by the id of what they report. An order that was edited has the
-- lines of its edit, and is compared by its number alone. What the shop alone has came
-- by no event.
with orders as (

    select * from {{ ref('orders') }}
    where order_source = 'events'

),

refunds as (

    select * from {{ ref('refunds') }}
    where refund_source = 'events'

),

edited_orders as (

    select order_id
    from orders
    where edited_at is not null

),

landed as (

    select *
    from {{ ref('stg_events__events') }}
    where event_name in ('order_completed', 'order_refunded')

),

reports as (

    select
        event_name,
        properties_json,
        coalesce(
            case
                when event_name = 'order_completed'
                    then {{ json_text('properties_json', 'order_id') }}
                else {{ json_text('properties_json', 'refund_id') }}
            end,
            event_id
        ) as reported_id
    from landed
    qualify
        row_number() over (
            partition by event_name, reported_id
            order by received_at, event_id
        ) = 1

),

opened as (

    {{ json_records(
        'reports', ['event_name', 'reported_id'], 'properties_json', 'products',
        ['price', 'quantity']
    ) }}

),

lines as (

    select
        event_name,
        try_cast(price as decimal(18, 4)) * try_cast(quantity as bigint) as line_amount
    from opened
    where
        event_name <> 'order_completed'
        or reported_id not in (select edited_orders.order_id from edited_orders)

),

kept_items as (

    select * from {{ ref('order_items') }}
    where
        order_id in (select orders.order_id from orders)
        and order_id not in (select edited_orders.order_id from edited_orders)

),

kept_refund_items as (

    select * from {{ ref('refund_items') }}
    where refund_id in (select refunds.refund_id from refunds)

),

counted as (

    select
        event_name || ' rows' as what_is_compared,
        count(*) as landed_value
    from reports
    group by event_name
    union all
    select
        event_name || ' lines' as what_is_compared,
        count(*) as landed_value
    from lines
    group by event_name
    union all
    select
        event_name || ' amount' as what_is_compared,
        sum(line_amount) as landed_value
    from lines
    group by event_name

),

kept as (

    select
        'order_completed rows' as what_is_compared,
        count(*) as kept_value
    from orders
    union all
    select
        'order_refunded rows' as what_is_compared,
        count(*) as kept_value
    from refunds
    union all
    select
        'order_completed lines' as what_is_compared,
        count(*) as kept_value
    from kept_items
    union all
    select
        'order_refunded lines' as what_is_compared,
        count(*) as kept_value
    from kept_refund_items
    union all
    select
        'order_completed amount' as what_is_compared,
        sum(line_amount) as kept_value
    from kept_items
    union all
    select
        'order_refunded amount' as what_is_compared,
        sum(line_amount) as kept_value
    from kept_refund_items

)

select
    kept.what_is_compared,
    counted.landed_value,
    kept.kept_value
from kept
full join counted on kept.what_is_compared = counted.what_is_compared
where coalesce(counted.landed_value, 0) <> coalesce(kept.kept_value, 0)

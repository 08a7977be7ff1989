"""What the scorecard and the metrics must say, written by hand over the marts."""

from __future__ import annotations

# metric -> SQL with the bounds $started and $ended of a period
BY_HAND = {
    "visitors": "select count(distinct customer_id) from marts.sessions"
    " where started_at >= $started and started_at < $ended",
    "conversion_rate": "select avg(case when order_count > 0 then 1.0 else 0 end)"
    " from marts.sessions where started_at >= $started and started_at < $ended",
    "orders": "select count(*) from marts.orders"
    " where ordered_at >= $started and ordered_at < $ended",
    "new_buyers": "select count(*) from marts.customers"
    " where first_ordered_at >= $started and first_ordered_at < $ended",
    "order_amount": "select coalesce(sum(order_amount), 0) from marts.orders"
    " where ordered_at >= $started and ordered_at < $ended",
    "average_order_amount": "select avg(order_amount) from marts.orders"
    " where ordered_at >= $started and ordered_at < $ended",
    "refund_amount": "select coalesce(sum(refund_amount), 0) from marts.refunds"
    " where refunded_at >= $started and refunded_at < $ended",
    "margin_amount": "select coalesce(sum(margin_amount), 0) from marts.order_margins"
    " where ordered_at >= $started and ordered_at < $ended",
    "ad_spend_amount": "select coalesce(sum(spend_amount), 0)"
    " from marts.ad_performance"
    " where performed_date >= $started and performed_date < $ended",
    "email_clicks": "select count(*) from marts.email_events where"
    " metric_name = 'Clicked Email'"
    " and occurred_at >= $started and occurred_at < $ended",
    "support_tickets": "select count(*) from marts.support_tickets"
    " where created_at >= $started and created_at < $ended",
}
# metrics by month, in the order of the columns that MetricFlow writes
METRICS = ("orders", "revenue", "visitors", "margin_amount", "support_tickets")
BY_MONTH = """
    with facts as (
        select ordered_at as happened_at, 'orders' as name, 1 as value from marts.orders
        union all
        select ordered_at, 'revenue', order_amount - refunded_amount from marts.orders
        union all
        select ordered_at, 'margin_amount', margin_amount from marts.order_margins
        union all
        select created_at, 'support_tickets', 1 from marts.support_tickets
    ),
    summed as (
        select date_trunc('month', happened_at) as month, name, sum(value) as value
        from facts group by all
        union all
        select date_trunc('month', started_at), 'visitors', count(distinct customer_id)
        from marts.sessions group by all
    )
    select strftime(month, '%Y-%m'), name, cast(value as decimal(18, 2))
    from summed where value is not null
"""

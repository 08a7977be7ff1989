"""What is asked of a warehouse about the orders of its shop."""

from __future__ import annotations

QUERIES = {
    "orders": "select order_id, order_source, order_amount, refunded_amount,"
    " net_amount, is_cancelled from marts.orders order by order_id",
    "differences": "select order_id, difference_reason from marts.order_differences"
    " order by order_id",
    "reconciled": "select sum(shop_order_count), sum(event_order_count)"
    " from marts.order_reconciliation",
    "whose": "select order_id, email, orders.order_channel, coupon_code"
    " from marts.orders join marts.customers using (customer_id) order by order_id",
    "items": "select order_id, product_id, category_name, quantity, line_amount"
    " from marts.order_items where order_id < '3' order by order_item_id",
    "refunds": "select refund_id, order_id, refund_source, refund_amount"
    " from marts.refunds where customer_id is not null order by refund_id",
    "returned": "select refund_id, product_id, quantity, line_amount"
    " from marts.refund_items where order_id = '1'",
    "margin": "select sold_amount, cost_amount, margin_amount"
    " from marts.order_margins where order_id = '1'",
    "discounts": "select order_id, coupon_code, discount_amount from marts.discounts",
    "buyers": "select email, order_count, minute(first_ordered_at),"
    " minute(last_ordered_at) from marts.customers where order_count > 0 order by 1",
    "values": "select email, lifetime_value_amount from marts.customer_values"
    " join marts.customers using (customer_id) order by email",
    "conversions": "select conversion_type, count(*)"
    " from intermediate.int_conversions_combined"
    " where conversion_type like '%order' group by 1 order by 1",
    "activities": "select activity_detail, revenue_amount from marts.activities"
    " where activity_name = 'order_completed' order by 1",
    "scorecard": "select metric_value from marts.executive_scorecard"
    " where metric_name = 'orders' and period_name = 'last_week'",
}

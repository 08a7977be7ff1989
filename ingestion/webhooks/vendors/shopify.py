"""Shopify: one resource a request, its topic in a header. Source: Shopify's webhooks.

An order's webhooks (created, paid) are one event of ours, by the order's id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingestion.webhooks.arrived import (
    Arrived,
    Table,
    Vendor,
    Who,
    amount,
    first,
    text_of,
    unix,
)


def _lines(items: Any) -> list[dict[str, Any]] | None:
    if not isinstance(items, list):
        return None
    return [
        {
            "product_id": str(item.get("product_id") or item.get("sku") or "unknown"),
            "sku": str(item.get("sku") or ""),
            "name": str(item.get("title") or ""),
            "price": amount(item.get("price")) or 0.0,
            "quantity": int(item.get("quantity") or 1),
        }
        for item in items
        if isinstance(item, Mapping)
    ]


def _refunded(transactions: Any) -> float | None:
    if not isinstance(transactions, list):
        return None
    amounts = [amount(one.get("amount")) or 0.0 for one in transactions]
    return round(sum(amounts), 2)


_ORDER = {
    "order_id": ("id", text_of),
    "total": ("total_price", amount),
    "subtotal": ("subtotal_price", amount),
    "tax": ("total_tax", amount),
    "discount": ("total_discounts", amount),
    "shipping": ("total_shipping_price_set.shop_money.amount", amount),
    "currency": "currency",
    "coupon_code": "discount_codes.0.code",
    "products": ("line_items", _lines),
}
_CHECKOUT = {
    "cart_id": "token",
    "order_value": ("total_price", amount),
    "currency": "currency",
}
_REFUND = {
    "order_id": ("order_id", text_of),
    "refund_id": ("id", text_of),
    "total": ("transactions", _refunded),
    "currency": "transactions.0.currency",
}
_CANCELLED = {name: _ORDER[name] for name in ("order_id", "total", "currency")}
TOPICS: Table = {
    "orders/create": ("order_completed", _ORDER),
    "orders/paid": ("order_completed", _ORDER),
    "orders/cancelled": ("order_cancelled", _CANCELLED),
    "refunds/create": ("order_refunded", _REFUND),
    "checkouts/create": ("checkout_started", _CHECKOUT),
    "customers/create": ("signed_up", {}),
}


def events_of(body: Any, headers: Mapping[str, str]) -> list[Arrived]:
    """Return the one event of a body."""
    topic = headers.get("x-shopify-topic", "")
    name = TOPICS.get(topic, ("", {}))[0]
    return [
        Vendor("shopify", TOPICS, _who).arrived(
            topic,
            body,
            f"{name or topic}-{body.get('id') or body.get('token')}",
            text_of(first(body, ("processed_at", "created_at")))
            or unix(body.get("created")),
        )
    ]


def _who(body: Any) -> Who:
    # customers/create is the customer itself
    own = body.get("id") if "orders_count" in body or "verified_email" in body else None
    return Who(
        None,
        text_of(first(body, ("customer.id",))) or text_of(own),
        text_of(first(body, ("email", "contact_email", "customer.email"))),
    )

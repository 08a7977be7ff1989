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

_VAIN = frozenset({"failure", "error"})  # a transaction that moved no money


def _lines(items: Any) -> list[dict[str, Any]] | None:
    if not isinstance(items, list):
        return None
    return [_line(item) for item in items if isinstance(item, Mapping)]


def _line(item: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "product_id": text_of(item.get("product_id") or item.get("sku")),
        "sku": text_of(item.get("sku")),
        "name": text_of(item.get("title")),
        "price": amount(item.get("price")),
        "quantity": item.get("quantity"),
    }
    return {name: value for name, value in found.items() if value is not None}


def _refunded(transactions: Any) -> float | None:
    if not isinstance(transactions, list):
        return None
    amounts = [
        amount(one.get("amount")) or 0.0
        for one in transactions
        if one.get("status") not in _VAIN
    ]
    return round(sum(amounts), 2)


_ORDER = {
    "order_id": ("id", text_of),
    "total": ("total_price", amount),
    # its subtotal_price is after the discount
    "subtotal": ("total_line_items_price", amount),
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
    own_id = body.get("id") or body.get("token")
    return [
        Vendor("shopify", TOPICS, _who).arrived(
            topic,
            body,
            f"{name or topic}-{own_id}" if own_id else None,
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

"""One event for each product of an order, for tools that know no lists (split)."""

from __future__ import annotations

from typing import Any


def transform(event: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the order, then ``product_purchased`` for each of its products."""
    properties = event.get("properties") or {}
    products = properties.get("products")
    if event.get("event") != "order_completed" or not isinstance(products, list):
        return [event]
    order_id, currency = properties.get("order_id"), properties.get("currency")
    return [
        event,
        *(
            {
                **event,
                "event": "product_purchased",
                "properties": {"order_id": order_id, "currency": currency, **product},
            }
            for product in products
        ),
    ]

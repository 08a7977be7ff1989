"""What a shop's API sends, as far as models read it."""

from __future__ import annotations

from datetime import datetime
from typing import Any


def line(
    number: int, sku: str, price: str, quantity: int = 1, off: str | None = None
) -> dict[str, Any]:
    """A line of an order, with what the order's first discount took off it."""
    allocation = {"amount": off, "discount_application_index": 0}
    return {
        "id": number,
        "product_id": 7000 + number % 10,
        "variant_id": 8000 + number % 10,
        "sku": sku,
        "title": f"Tea {sku}",
        "quantity": quantity,
        "price": price,
        "discount_allocations": [allocation] if off else [],
    }


def shop_order(number: int, total: str, at: datetime, **said: Any) -> dict[str, Any]:
    """An order of one line at its total, unless it is said otherwise."""
    return {
        "id": number,
        "name": f"#{number}",
        "currency": "EUR",
        "source_name": "web",
        "test": False,
        "line_items": [line(number * 10 + 1, f"S{number % 9}", total)],
        "discount_applications": [],
        "shipping_lines": [],
        "refunds": [],
        "total_line_items_price": total,
        "total_discounts": "0.00",
        "total_tax": "0.00",
        "total_price": total,
        "created_at": at.isoformat(),
        "processed_at": at.isoformat(),
        "updated_at": at.isoformat(),
    } | said


def named(order_id: str) -> list[dict[str, Any]]:
    """Attributes of an order that is numbered elsewhere."""
    return [{"name": "order_id", "value": order_id}]


def refund(number: int, amount: str, at: datetime, line_id: int) -> dict[str, Any]:
    """A refund of one piece of a line."""
    paid = {"kind": "refund", "status": "success", "amount": amount, "currency": "EUR"}
    return {
        "id": number,
        "created_at": at.isoformat(),
        "transactions": [paid],
        "refund_line_items": [{"line_item_id": line_id, "quantity": 1}],
    }


def customer(number: int, email: str, at: datetime) -> dict[str, Any]:
    """A customer of the shop."""
    moment = at.isoformat()
    return {"id": number, "email": email, "created_at": moment, "updated_at": moment}

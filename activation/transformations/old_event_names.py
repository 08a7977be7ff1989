"""Events under the names that a report had before the tracking plan (S-15).

New destinations get the plan's clean names; an old one keeps its history unbroken.
"""

from __future__ import annotations

from typing import Any

OLD_NAMES = {
    "order_completed": "Order Completed",
    "product_viewed": "Product Viewed",
    "product_added": "Product Added",
}


def transform(event: dict[str, Any]) -> dict[str, Any] | None:
    """Return the event under its old name, if it had one."""
    old_name = OLD_NAMES.get(str(event.get("event")))
    return {**event, "event": old_name} if old_name else event

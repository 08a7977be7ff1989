"""The standard e-commerce events, whichever way a shop spells them.

Source: the e-commerce part of the Segment spec, which RudderStack shares. A tracking
plan may call an event ``order_completed`` or ``Order Completed``, and old shops send
the names of the spec's first version: every destination sees one name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from activation.destinations.mapping import first, number, whole

_SEPARATORS = re.compile(r"[\s\-]+")
STANDARD_EVENTS = frozenset(
    (
        *("products_searched", "product_list_viewed", "product_list_filtered"),
        *("promotion_viewed", "promotion_clicked", "product_clicked"),
        *("product_viewed", "product_added", "product_removed", "cart_viewed"),
        *("checkout_started", "checkout_step_viewed", "checkout_step_completed"),
        *("payment_info_entered", "order_updated", "order_completed"),
        *("order_refunded", "order_cancelled", "coupon_entered", "coupon_applied"),
        *("coupon_denied", "coupon_removed", "product_added_to_wishlist"),
        *("product_removed_from_wishlist", "wishlist_product_added_to_cart"),
        *("product_shared", "cart_shared", "product_reviewed"),
    )
)
# the spec's first version, still sent by old plugins
_FORMER = {
    "completed_order": "order_completed",
    "viewed_product": "product_viewed",
    "viewed_product_category": "product_list_viewed",
    "product_category_viewed": "product_list_viewed",
    "added_product": "product_added",
    "removed_product": "product_removed",
    "searched_products": "products_searched",
    "started_order": "checkout_started",
    "updated_order": "order_updated",
    "refunded_order": "order_refunded",
    "cancelled_order": "order_cancelled",
    "viewed_cart": "cart_viewed",
    "shared_product": "product_shared",
    "reviewed_product": "product_reviewed",
    "clicked_product": "product_clicked",
    "viewed_promotion": "promotion_viewed",
    "clicked_promotion": "promotion_clicked",
}
VALUE = ("revenue", "value", "total", "order_value", "cart_value", "subtotal")


@lru_cache(maxsize=4096)
def standard_name(event_name: str) -> str | None:
    """Return the standard event in snake case; None for a name that is not standard.

    ``Order Completed``, ``order-completed`` and ``Completed Order`` are all
    ``order_completed``.
    """
    name = _SEPARATORS.sub("_", event_name.strip().lower())
    name = _FORMER.get(name, name)
    return name if name in STANDARD_EVENTS else None


def products(properties: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the products that an event is about, each a copy.

    Those of ``products``; else the event's own properties where they name a product.
    """
    found = properties.get("products")
    if isinstance(found, list):
        return [dict(one) for one in found if isinstance(one, Mapping)]
    if any(properties.get(name) for name in ("product_id", "sku", "id")):
        return [dict(properties)]
    return []


def product_id(product: Mapping[str, Any]) -> str | None:
    """Return what the shop knows the product by: product_id, else sku, else id."""
    found = first(product, ("product_id", "productId", "sku", "id"))
    return None if found is None else str(found)


def quantity(product: Mapping[str, Any]) -> int:
    """Return how many; one where it is not said."""
    return whole(product.get("quantity")) or 1


def price(product: Mapping[str, Any]) -> int | float | None:
    """Return the price of one, in units of the currency."""
    return number(product.get("price"))


def value_of(properties: Mapping[str, Any]) -> int | float | None:
    """Return what the event is worth, in units of its currency.

    The first of revenue, value, total …; else price times quantity of its products.
    """
    for name in VALUE:
        found = number(properties.get(name))
        if found is not None:
            return found
    amounts = [
        (one, 1 if (count := number(product.get("quantity"))) is None else count)
        for product in products(properties)
        if (one := price(product)) is not None
    ]
    if not amounts:
        return None
    return round(sum(one * count for one, count in amounts), 2)


def currency_of(properties: Mapping[str, Any]) -> str | None:
    """Return the ISO 4217 code in capitals; None where none is said."""
    found = properties.get("currency")
    return found.strip().upper() if isinstance(found, str) and found.strip() else None

"""A shop's events as Braze's recommended e-commerce events.

Braze checks them against schemas of its own and computes revenue, orders and carts from
them. Source:
https://www.braze.com/docs/user_guide/data/activation/events/recommended_events/.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from activation.destinations.commerce import (
    currency_of,
    price,
    product_id,
    products,
    quantity,
    value_of,
)
from activation.destinations.mapping import (
    Field,
    fields_of,
    find,
    first,
    lower,
    number,
    text,
)
from activation.values import plain

_PRODUCT = (
    Field("product_name", ("name", "product_name", "title"), text),
    Field("variant_id", ("variant_id", "sku", "product_id", "id"), text),
    Field("image_url", ("image_url", "imageUrl"), text),
    Field("product_url", ("url", "product_url"), text),
)
_ORDER = (
    Field("order_id", ("order_id",), text),
    Field("cart_id", ("cart_id",), text),
    Field("total_discounts", ("total_discounts", "discount"), number),
)
_CHECKOUT = (
    Field("checkout_id", ("checkout_id", "order_id"), text),
    Field("cart_id", ("cart_id",), text),
)
_CART = (Field("cart_id", ("cart_id",), text),)
_REASON = Field("cancel_reason", ("cancel_reason", "reason"), text)
_TOLD_OF_PRODUCTS = frozenset({"price", "quantity"})
_TOLD = frozenset({"currency", "products", "total", "revenue"})
_TOTAL = ("total", "value", "revenue")


@dataclass(frozen=True, slots=True)
class _Recommended:
    """One of Braze's events.

    Attributes:
        name: Braze's name of it.
        table: Its own fields.
        required: Those without which Braze does not take it.
        action: What happens to a cart.
    """

    name: str
    table: tuple[Field, ...]
    required: tuple[str, ...]
    action: str = ""


_OF_ORDER = ("order_id", "total_value")
_EVENTS = {
    "product_added": _Recommended("cart_updated", _CART, ("cart_id",), "add"),
    "product_removed": _Recommended("cart_updated", _CART, ("cart_id",), "remove"),
    "checkout_started": _Recommended(
        "checkout_started", _CHECKOUT, ("checkout_id", "total_value")
    ),
    "order_completed": _Recommended("order_placed", _ORDER, _OF_ORDER),
    "order_refunded": _Recommended("order_refunded", _ORDER, _OF_ORDER),
    "order_cancelled": _Recommended(
        "order_cancelled", (*_ORDER, _REASON), (*_OF_ORDER, "cancel_reason")
    ),
}


def recommended(
    event: Mapping[str, Any], standard: str | None, currency: str
) -> tuple[str, dict[str, Any]] | None:
    """Return the name and properties of the recommended event; None for no such event.

    An event that lacks what Braze requires is none: it stays the shop's own event.

    Args:
        event: A track.
        standard: Its standard name.
        currency: Of an event that names none.
    """
    properties = event.get("properties") or {}
    common = {
        "currency": currency_of(properties) or currency,
        "source": _source(event),
    }
    if not common["currency"]:
        return None
    if standard == "product_viewed":
        viewed = _product(properties, is_in_cart=False)
        return None if viewed is None else _named("product_viewed", viewed | common)
    kind = _EVENTS.get(standard or "")
    listed = [_product(one) for one in products(properties)]
    if kind is None or not listed or None in listed:
        return None
    found = fields_of(properties, kind.table)
    total = number(first(properties, _TOTAL)) or value_of(properties)
    if total is not None:
        found["total_value"] = total
    if any(name not in found for name in kind.required):
        return None
    told = found | common | {"products": listed} | _more(properties, kind)
    return _named(kind.name, told)


def _more(properties: Mapping[str, Any], kind: _Recommended) -> dict[str, Any]:
    """Return what happens to a cart, or what Braze has no field for."""
    if kind.action:  # the properties are those of the product
        return {"action": kind.action}
    taken = _TOLD | {path for row in kind.table for path in row.paths}
    more = {name: plain(each) for name, each in properties.items() if name not in taken}
    return {"metadata": more} if more else {}


def _named(name: str, properties: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return f"ecommerce.{name}", properties


def _product(
    product: Mapping[str, Any], *, is_in_cart: bool = True
) -> dict[str, Any] | None:
    """Return a product as Braze knows it; None where a required field is missing."""
    name, amount = product_id(product), price(product)
    found = {"product_id": name, **fields_of(product, _PRODUCT), "price": amount}
    if name is None or amount is None or "product_name" not in found:
        return None
    if is_in_cart:
        found["quantity"] = quantity(product)
    taken = {path for row in _PRODUCT for path in row.paths} | _TOLD | {"cart_id"}
    taken = (taken | _TOLD_OF_PRODUCTS) - {"sku"}
    more = {key: plain(each) for key, each in product.items() if key not in taken}
    return found | ({"metadata": more} if more else {})


def _source(event: Mapping[str, Any]) -> str:
    device = lower(find(event, "context.device.type"))
    return (
        device if device in {"ios", "android"} else text(event.get("channel")) or "web"
    )

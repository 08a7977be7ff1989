"""Meta: what an event is worth and which products it is about.

Source: https://developers.facebook.com/documentation/ads-commerce/conversions-api/parameters/custom-data
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from activation.destinations.commerce import (
    currency_of,
    price,
    product_id,
    products,
    quantity,
    value_of,
)
from activation.destinations.mapping import text

_WITH_PRODUCTS = frozenset(
    (
        *("ViewContent", "AddToCart", "AddToWishlist", "Search", "InitiateCheckout"),
        *("AddPaymentInfo", "Purchase"),
    )
)
_WITH_ITEM_COUNT = frozenset({"InitiateCheckout", "Purchase"})
_ELSEWHERE = frozenset(("fbp", "_fbp", "fbc", "_fbc", "lead_id", "action_source"))


def custom_data(
    properties: Mapping[str, Any], name: str, *, is_standard: bool
) -> dict[str, Any]:
    """Return the custom data of an event that Meta knows by this name.

    Args:
        properties: The event's properties; those without a meaning for Meta stay under
            their own names, flat.
        name: Meta's name of the event.
        is_standard: Whether it is one of Meta's standard events.
    """
    told = {key: each for key, each in properties.items() if key not in _ELSEWHERE}
    if not is_standard:
        told.pop("revenue", None)
    found = _flat(told)
    value = None if name in {"PageView", "Search"} else value_of(properties)
    if value is not None:
        found["value"] = value
    elif not isinstance(found.get("value"), int | float):
        found.pop("value", None)  # Meta refuses a value that is no number
    if currency := currency_of(properties):
        found["currency"] = currency
    if name in _WITH_PRODUCTS:
        found |= _products(properties, name)
    if name == "Search" and (query := text(properties.get("query"))):
        found["search_string"] = query
    return found


def _products(properties: Mapping[str, Any], name: str) -> dict[str, Any]:
    listed = [one for one in products(properties) if product_id(one)]
    found: dict[str, Any] = {}
    category = properties.get("category")
    if isinstance(category, list):
        found["content_category"] = ",".join(str(one) for one in category)
    elif category:
        found["content_category"] = str(category)
    if isinstance(properties.get("name"), str) and not properties.get("products"):
        found["content_name"] = properties["name"]
    if not listed:
        return found
    found["content_ids"] = [product_id(one) for one in listed]
    found["content_type"] = "product"
    found["contents"] = [_content(one) for one in listed]
    if name in _WITH_ITEM_COUNT:
        found["num_items"] = sum(quantity(one) for one in listed)
    return found


def _content(product: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"id": product_id(product), "quantity": quantity(product)}
    if (amount := price(product)) is not None:
        found["item_price"] = amount
    return found


def _flat(source: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested properties flat: ``filters[0].type``."""
    found: dict[str, Any] = {}
    for key, value in source.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping):
            found |= _flat(value, f"{path}.")
        elif isinstance(value, list):
            for place, one in enumerate(value):
                inner = one if isinstance(one, Mapping) else None
                at = f"{path}[{place}]"
                found |= {at: one} if inner is None else _flat(inner, f"{at}.")
        elif value is not None and value != "":
            found[path] = value
    return found

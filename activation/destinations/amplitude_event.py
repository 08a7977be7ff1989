"""Amplitude's events: names and fields of the vendor's HTTP V2 API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from activation.destinations.commerce import (
    currency_of,
    price,
    product_id,
    products,
    quantity,
    standard_name,
    value_of,
)
from activation.destinations.mapping import (
    Field,
    fields_of,
    find,
    first,
    milliseconds,
    number,
    text,
    traits_of,
    whole,
)
from cdp.errors import Rejected

_SECONDS_BELOW = 10**11
_CONTEXT = (
    Field("app_version", ("context.app.version",), text),
    Field("os_name", ("context.os.name",), text),
    Field("os_version", ("context.os.version",), text),
    Field("device_brand", ("context.device.brand",), text),
    Field("device_manufacturer", ("context.device.manufacturer",), text),
    Field("device_model", ("context.device.model",), text),
    Field("carrier", ("context.network.carrier",), text),
    Field("language", ("context.locale",), text),
    Field("ip", ("context.ip",), text),
    Field("user_agent", ("context.userAgent",), text),
    Field("country", ("context.location.country",), text),
    Field("region", ("context.location.region",), text),
    Field("city", ("context.location.city",), text),
    Field("location_lat", ("context.location.latitude",), number),
    Field("location_lng", ("context.location.longitude",), number),
)
_CAMPAIGN = tuple(
    Field(f"utm_{name}", (f"context.campaign.{path}",), text)
    for name, path in (
        *(("source", "source"), ("medium", "medium"), ("campaign", "name")),
        *(("term", "term"), ("content", "content")),
    )
)
# by the system: its id for adverts, and the id of the device
_DEVICE_IDS = {
    **dict.fromkeys(("ios", "ipados", "tvos", "watchos"), ("idfa", "idfv")),
    "android": ("adid", "android_id"),
}
_PLATFORMS = {"ios": "iOS", "android": "Android", "web": "Web"}
_REVENUE = ("order_completed", "order_refunded")


def happened(event: Mapping[str, Any], name: str, *, by_product: bool) -> list[Any]:
    """Return an event of a person, and where it is asked for each product's revenue.

    Args:
        event: A track, page or screen.
        name: What it is called there.
        by_product: Whether an order's revenue is told by product; else by the order.
    """
    properties = dict(event.get("properties") or {})
    told = _common(event, name)
    if properties:
        told["event_properties"] = properties
    if campaign := fields_of(event, _CAMPAIGN):
        told["user_properties"] = campaign
    kind = standard_name(name) if event.get("type") == "track" else None
    is_order, is_refund = kind in _REVENUE, kind == "order_refunded"
    lines = products(properties) if is_order else []
    priced = [one for one in lines if price(one) is not None]
    if by_product and priced:
        return [told, *_lines(event, is_refund, priced)]
    worth = value_of(properties) if is_order else number(properties.get("revenue"))
    if worth is not None:
        told |= _revenue(worth, is_refund, currency_of(properties))
        told |= _only_product(lines, worth, is_refund)
    return [told]


def person(event: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what an identify says of the user; None where it says nothing."""
    traits = traits_of(event)
    told: dict[str, Any] = {"$set": {k: v for k, v in traits.items() if v is not None}}
    if gone := {k: "-" for k, v in traits.items() if v is None}:
        told["$unset"] = gone
    changes = {way: each for way, each in told.items() if each}
    joins = event.get("userId") and event.get("anonymousId")
    if not changes and not joins:
        return None
    return _common(event, "$identify") | {"user_properties": changes}


def group(event: Mapping[str, Any], group_type: str) -> list[dict[str, Any]]:
    """Return who belongs to a group, and what the group is.

    Raises:
        Rejected: The group has no id.
    """
    group_id = text(event.get("groupId"))
    if not group_id:
        raise Rejected("a group needs groupId", place="groupId")
    groups = {group_type: group_id}
    joins = _common(event, "$identify")
    joins["groups"] = groups
    traits = {k: v for k, v in (event.get("traits") or {}).items() if v is not None}
    if not traits:
        return [joins]
    told = _common(event, "$groupidentify", "group")
    told |= {"groups": groups, "group_properties": {"$set": traits}}
    return [told, joins]


def _common(event: Mapping[str, Any], name: str, part: str = "") -> dict[str, Any]:
    message_id = text(event.get("messageId"))
    if not message_id or not name:
        raise Rejected("the event has no messageId or no name", place="messageId")
    told = fields_of(event, _CONTEXT)
    user_id, device_id = text(event.get("userId")), text(event.get("anonymousId"))
    if not (user_id or device_id):
        raise Rejected("the event names neither a user nor a device", place="userId")
    told |= _device_ids(event)
    if platform := _platform(event):
        told["platform"] = platform
    told |= {"event_type": name, "time": milliseconds(event)}
    told["insert_id"] = f"{message_id}-{part}" if part else message_id
    if user_id:
        told["user_id"] = user_id
    if device_id:
        told["device_id"] = device_id
    session = whole(find(event, "context.sessionId"))
    if session is not None:  # a session is known by its start in milliseconds
        told["session_id"] = session * 1000 if session < _SECONDS_BELOW else session
    return told


def alias(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return which user is mapped to which.

    Raises:
        Rejected: One of the two is not named.
    """
    user_id, previous = text(event.get("userId")), text(event.get("previousId"))
    if not user_id or not previous:
        raise Rejected("an alias needs userId and previousId", place="previousId")
    return {"user_id": previous, "global_user_id": user_id}


def _device_ids(event: Mapping[str, Any]) -> dict[str, str]:
    kind = text(first(event, ("context.os.name", "context.device.type"))) or ""
    names = _DEVICE_IDS.get(kind.lower())
    if names is None:
        return {}
    paths = ("context.device.advertisingId", "context.device.id")
    rows = [Field(name, (path,), text) for name, path in zip(names, paths, strict=True)]
    return fields_of(event, rows)


def _platform(event: Mapping[str, Any]) -> str | None:
    kind = text(first(event, ("context.device.type", "context.os.name")))
    if kind and kind.lower() in _PLATFORMS:
        return _PLATFORMS[kind.lower()]
    return "Web" if find(event, "context.page") else None


def _only_product(
    lines: list[dict[str, Any]], worth: float, is_refund: bool
) -> dict[str, Any]:
    """Return the product of an order of one; its price where that is all there is."""
    if len(lines) != 1:
        return {}
    (line,) = lines
    key, each = product_id(line), price(line)
    told: dict[str, Any] = {} if key is None else {"productId": key}
    if each is not None and round(each * quantity(line), 2) == abs(worth):
        told |= {"price": -each if is_refund else each, "quantity": quantity(line)}
    return told


def _lines(
    event: Mapping[str, Any], is_refund: bool, lines: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    found = []
    currency = currency_of(event.get("properties") or {})
    name = "Product Refunded" if is_refund else "Product Purchased"
    for position, line in enumerate(lines):
        told = _common(event, name, str(position))
        each = price(line) or 0
        # what goes back to the customer is revenue below zero
        told |= {"price": -each if is_refund else each, "quantity": quantity(line)}
        told["event_properties"] = line
        told["revenueType"] = "refund" if is_refund else "purchase"
        if (key := product_id(line)) is not None:
            told["productId"] = key
        if currency:
            told["currency"] = currency
        found.append(told)
    return found


def _revenue(worth: float, is_refund: bool, currency: str | None) -> dict[str, Any]:
    told: dict[str, Any] = {"revenue": -abs(worth) if is_refund else worth}
    told["revenueType"] = "refund" if is_refund else "purchase"
    return told | ({"currency": currency} if currency else {})

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
)
from activation.destinations.mapping import (
    Field,
    fields_of,
    find,
    first,
    milliseconds,
    number,
    text,
    whole,
)
from cdp.errors import Rejected

_SECONDS_BELOW = 10**11
_CONTEXT = (
    Field("app_version", ("context.app.version",), text),
    Field("platform", ("context.device.type", "channel"), text),
    Field("os_name", ("context.os.name",), text),
    Field("os_version", ("context.os.version",), text),
    Field("device_brand", ("context.device.brand",), text),
    Field("device_manufacturer", ("context.device.manufacturer",), text),
    Field("device_model", ("context.device.model",), text),
    Field("carrier", ("context.network.carrier",), text),
    Field("language", ("context.locale",), text),
    Field("ip", ("context.ip",), text),
    Field("user_agent", ("context.userAgent",), text),
    Field("location_lat", ("context.location.latitude",), number),
    Field("location_lng", ("context.location.longitude",), number),
    Field("idfa", ("context.device.advertisingId",), text),
)
_CAMPAIGN = tuple(
    Field(f"utm_{name}", (f"context.campaign.{path}",), text)
    for name, path in (
        *(("source", "source"), ("medium", "medium"), ("campaign", "name")),
        *(("term", "term"), ("content", "content")),
    )
)
_REVENUE = ("order_completed", "order_refunded")


def happened(event: Mapping[str, Any], name: str, *, by_product: bool) -> list[Any]:
    """Return an event of a person, and the revenue of each product of an order.

    Args:
        event: A track, page or screen.
        name: What it is called there.
        by_product: Whether an order's revenue is told by product; else by the order.
    """
    properties = dict(event.get("properties") or {})
    told = _common(event, name)
    told["event_properties"] = properties
    if campaign := fields_of(event, _CAMPAIGN):
        told["user_properties"] = {"$set": campaign}
    kind = standard_name(name) if event.get("type") == "track" else None
    lines = products(properties) if kind in _REVENUE and by_product else []
    if priced := [one for one in lines if price(one) is not None]:
        return [told, *_lines(event, kind == "order_refunded", priced)]
    worth = number(first(properties, ("revenue", "total", "value")))
    has_revenue = kind in _REVENUE or "revenue" in properties
    if worth is not None and has_revenue:
        told |= _revenue(worth, kind == "order_refunded", currency_of(properties))
    return [told]


def person(event: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what an identify says of the user; None where it says nothing."""
    traits = event.get("traits") or find(event, "context.traits") or {}
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
    joins |= {"groups": groups, "user_properties": {"$set": groups}}
    traits = {k: v for k, v in (event.get("traits") or {}).items() if v is not None}
    if not traits:
        return [joins]
    told = _common(event, "$groupidentify", "group")
    told |= {"groups": groups, "group_properties": {"$set": traits}}
    return [joins, told]


def _common(event: Mapping[str, Any], name: str, part: str = "") -> dict[str, Any]:
    message_id = text(event.get("messageId"))
    if not message_id or not name:
        raise Rejected("the event has no messageId or no name", place="messageId")
    told = fields_of(event, _CONTEXT)
    user_id, device_id = text(event.get("userId")), text(event.get("anonymousId"))
    if not (user_id or device_id):
        raise Rejected("the event names neither a user nor a device", place="userId")
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


def _lines(
    event: Mapping[str, Any], is_refund: bool, lines: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    found = []
    currency = currency_of(event.get("properties") or {})
    name = "Product Refunded" if is_refund else "Product Purchased"
    for position, line in enumerate(lines):
        told = _common(event, name, str(position))
        # sign: what comes back to the customer is revenue below zero
        count = -quantity(line) if is_refund else quantity(line)
        told |= {"price": price(line), "quantity": count, "event_properties": line}
        told["revenueType"] = "Refund" if is_refund else "Purchase"
        if (key := product_id(line)) is not None:
            told["productId"] = key
        if currency:
            told["currency"] = currency
        found.append(told)
    return found


def _revenue(worth: float, is_refund: bool, currency: str | None) -> dict[str, Any]:
    told: dict[str, Any] = {"revenue": -abs(worth) if is_refund else worth}
    told["revenueType"] = "Refund" if is_refund else "Purchase"
    return told | ({"currency": currency} if currency else {})

"""A shop's events as Klaviyo's metrics.

Names and properties of the metrics:
https://developers.klaviyo.com/en/docs/guide_to_integrating_a_platform_without_a_pre_built_klaviyo_integration;
fields of an event: Klaviyo's OpenAPI document of events, revision 2026-07-15.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from activation.destinations.commerce import (
    currency_of,
    products,
    standard_name,
    value_of,
)
from activation.destinations.klaviyo_items import added, item_of, summary
from activation.destinations.mapping import moment, text
from activation.values import plain
from cdp.errors import Rejected
from cdp.workspace_schema import Setting

EVENT_SETTINGS = (
    Setting(
        "sends_pages",
        "Whether pages are Active on Site.",
        default=False,
        kind="boolean",
    ),
    Setting(
        "sends_strangers",
        "Whether people of whom only a device is known get a profile.",
        default=False,
        kind="boolean",
    ),
    Setting(
        "matches_orders",
        "Whether an order's number is the unique id of its placing, cancellation and "
        "refund.",
        default=False,
        kind="boolean",
    ),
    Setting(
        "subscription_events",
        "Events by which a person agrees to marketing email.",
        default=("newsletter_subscribed",),
        kind="list",
    ),
    Setting(
        "unsubscription_events",
        "Events by which a person takes that back.",
        default=("newsletter_unsubscribed",),
        kind="list",
    ),
    Setting(
        "past_after_hours",
        "Older events begin no flow, and older consent is not asked for again.",
        default=24,
        kind="number",
    ),
    Setting(
        "phone_country_code",
        "Country of telephone numbers that begin with a zero, as 44.",
        is_required=False,
    ),
)
METRICS = {
    "product_viewed": "Viewed Product",
    "product_added": "Added to Cart",
    "checkout_started": "Started Checkout",
    "order_completed": "Placed Order",
    "order_cancelled": "Cancelled Order",
    "order_refunded": "Refunded Order",
}
_LINE, _PAGE = "Ordered Product", "Active on Site"
_OF_ORDERS = frozenset({"order_completed", "order_cancelled", "order_refunded"})
_WITH_ITEMS = _OF_ORDERS | {"checkout_started"}


@dataclass(frozen=True, slots=True)
class Clock:
    """Tells what is past.

    Attributes:
        now: The present, with its zone.
        past_after: How old an event is that is past.
    """

    now: Callable[[], datetime]
    past_after: timedelta

    def is_past(self, event: Mapping[str, Any]) -> bool:
        """Return whether an event is so old that nothing should follow it.

        Raises:
            Rejected: It has no time that can be read.
        """
        when = moment(event)
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return self.now() - when > self.past_after


def events_of(
    event: Mapping[str, Any],
    profile: Mapping[str, str],
    clock: Clock,
    *,
    matches_orders: bool,
) -> list[dict[str, Any]]:
    """Return the events of Klaviyo that a track or a page is, in order.

    Args:
        event: A track or a page.
        profile: What the person is known by.
        clock: Tells what is past.
        matches_orders: Whether an order's number is the unique id of its events.

    Raises:
        Rejected: It has no name, no time or no id.
    """
    properties = event.get("properties") or {}
    name = text(event.get("event")) if event.get("type") == "track" else _PAGE
    key = text(event.get("messageId"))
    if not name or not key:
        missing = "event" if not name else "messageId"
        raise Rejected(f"the event has no {missing}", place=missing)
    standard = standard_name(name)
    if matches_orders and standard in _OF_ORDERS:
        key = text(properties.get("order_id")) or key
    start: dict[str, Any] = {
        "time": plain(moment(event)),
        "profile": {"data": {"type": "profile", "attributes": dict(profile)}},
    }
    if clock.is_past(event):
        start["backfill"] = True
    told = _properties(properties, standard)
    worth = _worth(properties, standard)
    metric = METRICS.get(standard or "", name)
    found = [_event(start, metric, key, told, worth)]
    if standard == "order_completed":
        found += _lines(start, properties, key)
    return found


def _event(
    start: Mapping[str, Any],
    metric: str,
    key: str,
    properties: Mapping[str, Any],
    worth: Mapping[str, Any],
) -> dict[str, Any]:
    named = {"data": {"type": "metric", "attributes": {"name": metric}}}
    attributes = {"metric": named, "unique_id": key, "properties": properties}
    return {"type": "event", "attributes": {**start, **attributes, **worth}}


def _lines(
    start: Mapping[str, Any], properties: Mapping[str, Any], key: str
) -> list[dict[str, Any]]:
    """Return an event of its own for each line of an order."""
    order = {"OrderId": properties["order_id"]} if properties.get("order_id") else {}
    found = []
    for number, product in enumerate(products(properties), start=1):
        item = item_of(product)
        worth = _amount(item.get("RowTotal"), properties)
        told = {**order, **item}
        found.append(_event(start, _LINE, f"{key}-{number}", told, worth))
    return found


def _properties(properties: Mapping[str, Any], standard: str | None) -> dict[str, Any]:
    """Return the event's own properties and those that Klaviyo's templates read."""
    told = {name: plain(each) for name, each in properties.items()}
    if standard == "product_viewed":
        return told | item_of(properties, is_in_cart=False)
    if standard == "product_added":
        return told | added(properties)
    if standard in _WITH_ITEMS:
        told.pop("products", None)
        return told | summary(properties)
    return told


def _worth(properties: Mapping[str, Any], standard: str | None) -> dict[str, Any]:
    if standard == "product_viewed":  # nobody has paid, or means to, yet
        return {}
    if standard is None and not currency_of(properties):
        return {}  # what it counts need not be money
    return _amount(value_of(properties), properties)


def _amount(value: Any, properties: Mapping[str, Any]) -> dict[str, Any]:
    if value is None:
        return {}
    currency = currency_of(properties)
    return {"value": value} | ({"value_currency": currency} if currency else {})

"""Google Analytics 4: the parameters of an event, its items and where it happened.

Source: https://developers.google.com/analytics/devguides/collection/ga4/reference/events
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from activation.destinations import google_analytics_names as names
from activation.destinations.advertising import PERSONAL_KEYS, names_a_person
from activation.destinations.commerce import products, value_of
from activation.destinations.mapping import fields_of, find, first, number, whole

_INTEGRATIONS = ("Google Analytics 4", "Google Analytics 4 (GA4)", "google_analytics")
_ENGAGEMENT = ("engagementTimeMsec", "engagement_time_msec")
_SESSION = ("sessionId", "session_id")
_VALUE = ("value", "total", "revenue")
_OF_ITEMS = frozenset(path for row in names.ITEM for path in row.paths)
_ELSEWHERE = {*_ENGAGEMENT, *_SESSION, "products", "user_properties"}


def integration_of(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the SDK wrote for this tool alone."""
    integrations = event.get("integrations")
    for name in _INTEGRATIONS:
        found = integrations.get(name) if isinstance(integrations, Mapping) else None
        if isinstance(found, Mapping):
            return found
    return {}


def parameters_of(event: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the parameters of an event that Google knows by this name."""
    source = event.get("traits" if event.get("type") == "group" else "properties")
    properties = dict(source) if isinstance(source, Mapping) else {}
    found: dict[str, Any] = {}
    items, used = _items_of(properties, name)
    # where the event is one product, its coupon is the item's
    money = [row for row in names.MONEY if row.name not in used]
    table = (*names.PARAMETERS.get(name, ()), *money)
    used |= {path for row in table for path in row.paths}
    value = _value_of(properties, name)
    if value is not None:
        found["value"] = value
        used |= set(_VALUE)
    used |= _ELSEWHERE
    custom = {key: each for key, each in properties.items() if key not in used}
    found |= _session(event, properties) | fields_of(properties, table)
    if name == "campaign_details":
        found |= fields_of(find(event, "context.campaign") or {}, names.CAMPAIGN)
    if event.get("type") == "group":
        found |= {"group_id": event["groupId"]} if event.get("groupId") else {}
    found |= _page(event, found, custom)
    _add_custom(found, custom)
    if items:
        found["items"] = items[: names.MOST_ITEMS]
    return found


def _session(event: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    own = integration_of(event)
    session = own.get("sessionId") or first(properties, _SESSION)
    session = session or find(event, "context.sessionId")
    found: dict[str, Any] = {
        "engagement_time_msec": whole(first(properties, _ENGAGEMENT)) or 1
    }
    if session is not None:
        found["session_id"] = session
    if own.get("sessionNumber") is not None:
        found["session_number"] = own["sessionNumber"]
    return found


def _page(
    event: Mapping[str, Any], found: Mapping[str, Any], custom: dict[str, Any]
) -> dict[str, Any]:
    """Return where it happened; a page's own properties name the same things."""
    if event.get("type") == "screen" and event.get("name"):
        return {"screen_name": event["name"]}
    page = fields_of(event, names.PAGE)
    if event.get("type") == "page":
        for key in ("url", "referrer", "title"):
            custom.pop(key, None)
    return {
        key: str(value)[: names.LONGER_VALUES[key]]
        for key, value in page.items()
        if key not in found
    }


def _value_of(properties: Mapping[str, Any], name: str) -> int | float | None:
    """Return the event's value; its own price comes before its products' prices."""
    stated = any(properties.get(one) not in (None, "") for one in _VALUE)
    price = number(properties.get("price"))
    if name in names.WITH_VALUE:
        if not stated and price is not None:
            return round(price * (whole(properties.get("quantity")) or 1), 2)
        return value_of(properties)
    return None


def _items_of(
    properties: Mapping[str, Any], name: str
) -> tuple[list[dict[str, Any]], set[str]]:
    """Return the items, and which properties they were made of."""
    listed = properties.get("products")
    if isinstance(listed, list) and listed:
        return [_item_of(one) for one in products(properties)], set()
    if name not in names.WITH_ITEMS:
        return [], set()
    own = {key: each for key, each in properties.items() if key != "products"}
    found = [fields_of(one, names.ITEM) for one in products(own)]
    used = {path for row in names.ITEM for path in row.paths} if found else set()
    return found, used - {"currency"}


def _item_of(product: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item, with the product's other properties as parameters of its own."""
    found = fields_of(product, names.ITEM)
    most = len(found) + names.MOST_ITEM_PARAMETERS
    _add_custom(
        found,
        {key: each for key, each in product.items() if key not in _OF_ITEMS},
        most,
    )
    return found


def _add_custom(
    found: dict[str, Any],
    custom: Mapping[str, Any],
    most: int = names.MOST_PARAMETERS,
) -> None:
    """Add the other properties, flat, as many as Google keeps."""
    for key, value in _flat(custom).items():
        if len(found) >= most:
            return
        name = names.parameter_name(key)
        if (
            name is None
            or name in found
            or names.snake(name) in PERSONAL_KEYS - {"name"}
            or names_a_person(key, value)
        ):
            continue
        found[name] = value[: names.LONGEST_VALUE] if isinstance(value, str) else value


def _flat(source: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in source.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{key}_")
        elif isinstance(value, list):
            found |= _flat(
                {str(at): one for at, one in enumerate(value)}, f"{prefix}{key}_"
            )
        elif value is not None and value != "":
            found[f"{prefix}{key}"] = value
    return found

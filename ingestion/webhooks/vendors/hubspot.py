"""HubSpot: an array of subscriptions' events a request. Source: its webhooks API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingestion.webhooks.arrived import Arrived, Table, Vendor, Who, text_of, unix

_CONTACT = {"contact_id": ("objectId", text_of)}
_DEAL = {"deal_id": ("objectId", text_of)}
_CHANGE = {"property_name": "propertyName", "changed_to": "propertyValue"}
TYPES: Table = {
    "contact.creation": ("contact_created", _CONTACT),
    "contact.propertyChange": ("contact_changed", {**_CONTACT, **_CHANGE}),
    "contact.deletion": ("contact_deleted", _CONTACT),
    "deal.creation": ("deal_created", _DEAL),
    "deal.propertyChange": ("deal_changed", {**_DEAL, **_CHANGE}),
}


# Apps may subscribe to objects of any kind; then the kind stands beside the type.
_OBJECT_TYPES = {"0-1": "contact", "0-3": "deal"}


def events_of(body: Any, headers: Mapping[str, str]) -> list[Arrived]:
    """Return the events of a body, in its order."""
    del headers
    return [_arrived(item) for item in body]


def _arrived(item: Any) -> Arrived:
    if not isinstance(item, Mapping):
        return Arrived("", None, item)
    # an attempt is counted in the item; the event's own parts are what tells it apart
    parts = ("subscriptionId", "eventId", "objectId", "occurredAt")
    has_id = item.get("eventId") is not None
    return Vendor("hubspot", TYPES, _who).arrived(
        _type_of(item),
        item,
        "-".join(str(item.get(part)) for part in parts) if has_id else None,
        unix(item.get("occurredAt"), 1000),
    )


def _type_of(item: Any) -> str:
    subscribed = str(item.get("subscriptionType"))
    kind = _OBJECT_TYPES.get(str(item.get("objectTypeId")))
    if kind is not None and subscribed.startswith("object."):
        return subscribed.replace("object", kind, 1)
    return subscribed


def _who(item: Any) -> Who:
    kind = _type_of(item).split(".", maxsplit=1)[0]
    is_address = item.get("propertyName") == "email" and kind == "contact"
    return Who(
        None,
        f"{kind} {item.get('objectId')}",
        text_of(item.get("propertyValue")) if is_address else None,
    )

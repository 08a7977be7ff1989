"""What Braze gets for an event: attributes, custom events, purchases, identities.

Sources: https://www.braze.com/docs/api/objects_filters/event_object/,
https://www.braze.com/docs/api/objects_filters/purchase_object/,
https://www.braze.com/docs/api/endpoints/user_data/post_user_identify/.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from activation.destinations.braze_attributes import attributes_of
from activation.destinations.braze_ecommerce import recommended
from activation.destinations.commerce import (
    currency_of,
    price,
    product_id,
    products,
    quantity,
    standard_name,
    value_of,
)
from activation.destinations.delivery import Payload
from activation.destinations.mapping import moment, text
from activation.values import plain
from cdp.errors import Rejected

ATTRIBUTES, EVENTS, PURCHASES = "attributes", "events", "purchases"
IDENTIFY = "identify"
ALIAS_LABEL = "anonymous_id"
_MOST_OF_A_PURCHASE = 100
# names that Braze keeps for itself
_NO_PROPERTIES = frozenset({"time", "event_name"})
_NO_PURCHASE_PROPERTIES = _NO_PROPERTIES | {
    *("product_id", "quantity", "price", "currency", "products"),
}


@dataclass(frozen=True, slots=True)
class Options:
    """What the settings say about events.

    Attributes:
        sends_pages: Whether pages and screens become custom events.
        sends_strangers: Whether people without a user id get a profile.
        orders: What the shop's events are: ``purchases`` where they complete an order,
            ``recommended`` e-commerce events, or a plain ``event``.
        currency: Of an order that names none.
        app_id: Braze's identifier of the app that events come from.
    """

    sends_pages: bool = False
    sends_strangers: bool = True
    orders: str = "purchases"
    currency: str = ""
    app_id: str = ""


def translate(event: Mapping[str, Any], options: Options) -> Sequence[Payload]:
    """Return what Braze gets for an event, in order.

    Raises:
        Rejected: Nobody is named, or an order has no amount or currency.
    """
    kind = event.get("type")
    if kind == "identify":
        return _identify(event, options)
    if kind == "alias":
        return (Payload(_merger(event, event.get("previousId")), IDENTIFY),)
    if kind in {"page", "screen"}:
        return _page(event, options) if options.sends_pages else ()
    if kind != "track":
        return ()
    name = text(event.get("event"))
    if not name:
        raise Rejected("the event has no name", place="event")
    standard = standard_name(name)
    if options.orders == "purchases" and standard == "order_completed":
        return _purchases(event, options)
    told = None
    if options.orders == "recommended":
        told = recommended(event, standard, options.currency)
    named = told or (name, _without(event.get("properties") or {}, _NO_PROPERTIES))
    return _custom_event(event, *named, options)


def _person(event: Mapping[str, Any], options: Options) -> dict[str, Any] | None:
    """Return whose it is; None for a stranger who is not to be sent."""
    if user_id := text(event.get("userId")):
        return {"external_id": user_id}
    alias = text(event.get("anonymousId"))
    if not alias:
        raise Rejected("the event names neither a person nor a device", place="userId")
    if not options.sends_strangers:
        return None
    # with an alias Braze only updates, unless it is told to create
    return {"user_alias": _alias(alias), "_update_existing_only": False}


def _alias(name: str) -> dict[str, str]:
    return {"alias_name": name, "alias_label": ALIAS_LABEL}


def _identify(event: Mapping[str, Any], options: Options) -> Sequence[Payload]:
    person = _person(event, options)
    if person is None:
        return ()
    payloads = []
    if event.get("userId") and event.get("anonymousId"):
        payloads.append(Payload(_merger(event, event["anonymousId"]), IDENTIFY))
    if attributes := attributes_of(event):
        payloads.append(Payload({**person, **attributes}, ATTRIBUTES))
    return tuple(payloads)


def _merger(event: Mapping[str, Any], alias: Any) -> dict[str, Any]:
    user_id, stranger = text(event.get("userId")), text(alias)
    if not user_id or not stranger:
        raise Rejected("an alias needs userId and previousId", place="previousId")
    return {"external_id": user_id, "user_alias": _alias(stranger)}


def _custom_event(
    event: Mapping[str, Any],
    name: str,
    properties: Mapping[str, Any],
    options: Options,
) -> Sequence[Payload]:
    person = _person(event, options)
    if person is None:
        return ()
    body: dict[str, Any] = {**person, "name": name, "time": _time(event)}
    if options.app_id:
        body["app_id"] = options.app_id
    if properties:
        body["properties"] = dict(properties)
    return (Payload(body, EVENTS),)


def _page(event: Mapping[str, Any], options: Options) -> Sequence[Payload]:
    what = "Page" if event.get("type") == "page" else "Screen"
    words = ("Viewed", text(event.get("name")), what)
    name = " ".join(word for word in words if word)
    told = _without(event.get("properties") or {}, _NO_PROPERTIES)
    return _custom_event(event, name, told, options)


def _purchases(event: Mapping[str, Any], options: Options) -> Sequence[Payload]:
    person = _person(event, options)
    if person is None:
        return ()
    properties = event.get("properties") or {}
    order = _without(properties, _NO_PURCHASE_PROPERTIES)
    currency = currency_of(properties) or options.currency
    if not currency:
        raise Rejected("a purchase needs a currency", place="properties.currency")
    start = {**person, "currency": currency, "time": _time(event)}
    if options.app_id:
        start["app_id"] = options.app_id
    listed = products(properties)
    if not listed:
        whole = {"product_id": text(event.get("event")), "price": value_of(properties)}
        listed = [whole]
    return tuple(
        Payload({**start, **part}, PURCHASES)
        for product in listed
        for part in _parts(product, order)
    )


def _parts(
    product: Mapping[str, Any], order: Mapping[str, Any]
) -> Sequence[dict[str, Any]]:
    """Return a product as purchases: Braze takes at most a hundred of it in one."""
    name, amount = product_id(product), price(product)
    if name is None or amount is None:
        raise Rejected(
            "each product of a purchase needs an id and a price",
            place="properties.products",
        )
    told = {**order, **_without(product, _NO_PURCHASE_PROPERTIES)}
    left, parts = quantity(product), []
    if left < 1:
        raise Rejected(
            "a product of a purchase is there at least once",
            place="properties.products",
        )
    while left > 0:
        part: dict[str, Any] = {"product_id": name, "price": amount}
        part["quantity"] = min(left, _MOST_OF_A_PURCHASE)
        if told:
            part["properties"] = dict(told)
        parts.append(part)
        left -= _MOST_OF_A_PURCHASE
    return parts


def _time(event: Mapping[str, Any]) -> str:
    return str(plain(moment(event)))


def _without(source: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: plain(each) for name, each in source.items() if name not in names}

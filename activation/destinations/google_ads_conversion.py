"""Google Ads: one event as a click conversion or as an adjustment of one.

Sources: https://developers.google.com/google-ads/api/reference/rpc/v26/ClickConversion
and https://developers.google.com/google-ads/api/reference/rpc/v26/ConversionAdjustment
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any
from urllib.parse import parse_qs, urlsplit

from activation.destinations.commerce import currency_of, standard_name, value_of
from activation.destinations.google_ads_people import contact_of, identifiers
from activation.destinations.google_consent import consent_of
from activation.destinations.mapping import (
    USER_AGENT,
    find,
    first,
    moment,
    number,
    text,
)
from cdp.errors import Rejected

UPLOAD = ":uploadClickConversions"
ADJUST = ":uploadConversionAdjustments"
_CLICKS = ("gclid", "gbraid", "wbraid")
_TAKES_BACK = frozenset({"order_refunded", "order_cancelled"})
_ORDER_ID = ("properties.order_id", "properties.orderId", "properties.transaction_id")
_REMAINS = ("properties.remaining_value", "properties.remaining_total")
_ENVIRONMENTS = {"web": "WEB", "mobile": "APP"}
_CONSENT = {"ad_user_data": "adUserData", "ad_personalization": "adPersonalization"}


@dataclass(frozen=True, slots=True)
class Options:
    """What a connection decides.

    Attributes:
        customer: Resource name of the customer.
        actions: Conversion action id by our event.
        enhances: Conversions come from Google's tag; ours are its enhancements.
        calling_code: The country of telephone numbers that begin with a zero.
        consent: The banner's category by Google's field.
    """

    customer: str
    actions: Mapping[str, str]
    enhances: bool = False
    calling_code: str = ""
    consent: Mapping[str, Any] = field(default_factory=dict)


def translate(
    event: Mapping[str, Any], options: Options
) -> tuple[str, dict[str, Any]] | None:
    """Return the method and the record for an event; None where there is none.

    Raises:
        Rejected: Google could not take it.
    """
    kind = str(event.get("type"))
    name = str(event.get("event") or "") if kind == "track" else kind
    standard = standard_name(name)
    if standard in _TAKES_BACK and "order_completed" in options.actions:
        return ADJUST, _taken_back(event, options)
    action = options.actions.get(standard or snake(name))
    if action is None:
        return None
    if options.enhances:
        return ADJUST, _enhancement(event, action, options)
    return UPLOAD, _conversion(event, action, options)


def snake(name: str) -> str:
    """Return an event's name as the settings' keys are compared."""
    return name.strip().lower().replace(" ", "_")


def _conversion(
    event: Mapping[str, Any], action: str, options: Options
) -> dict[str, Any]:
    properties = event.get("properties") or {}
    body: dict[str, Any] = {
        "conversionAction": _action(action, options),
        "conversionDateTime": _written(event),
        "orderId": _order_id(event) or str(event.get("messageId") or ""),
    }
    body |= _attribution(event, options)
    if (value := value_of(properties)) is not None:
        body["conversionValue"] = value
    if currency := currency_of(properties):
        body["currencyCode"] = currency
    if environment := _ENVIRONMENTS.get(str(event.get("channel"))):
        body["conversionEnvironment"] = environment
    if consent := consent_of(event, options.consent):
        body["consent"] = {_CONSENT[key]: one for key, one in consent.items()}
    return body


def _attribution(event: Mapping[str, Any], options: Options) -> dict[str, Any]:
    """Return the click, hashed contact details or both.

    Contact details do not go beside the braids of iOS.
    """
    click = _click_of(event)
    found: dict[str, Any] = {} if click is None else {click[0]: click[1]}
    if click is not None and click[0] != "gclid":
        return found
    people = identifiers(contact_of(event), calling_code=options.calling_code)
    if people:
        found["userIdentifiers"] = [_first_party(one) for one in people]
    if found:
        return found
    raise Rejected(
        "Google Ads knows a conversion by a click id, an email or a telephone",
        place="context.campaign.gclid",
    )


def _enhancement(
    event: Mapping[str, Any], action: str, options: Options
) -> dict[str, Any]:
    contact = contact_of(event)
    people = identifiers(contact, calling_code=options.calling_code, with_address=True)
    if not people:
        raise Rejected("an enhancement needs an email, a telephone or an address")
    body: dict[str, Any] = {
        **_adjustment(event, action, options, "ENHANCEMENT"),
        "userIdentifiers": [_first_party(one) for one in people],
    }
    # not needed beside the order id, says the vendor, and helps to find the conversion
    pair = {"conversionDateTime": _written(event)}
    click = _click_of(event)
    if click is not None and click[0] == "gclid":
        pair["gclid"] = click[1]
    body["gclidDateTimePair"] = pair
    if agent := text(first(event, USER_AGENT)):
        body["userAgent"] = agent
    return body


def _taken_back(event: Mapping[str, Any], options: Options) -> dict[str, Any]:
    """Return a retraction; a restatement where a part of the value remains."""
    action = options.actions["order_completed"]
    remains = number(first(event, _REMAINS))
    if remains:
        body = _adjustment(event, action, options, "RESTATEMENT")
        restated: dict[str, Any] = {"adjustedValue": remains}
        if currency := currency_of(event.get("properties") or {}):
            restated["currencyCode"] = currency
        return {**body, "restatementValue": restated}
    is_partial = bool(find(event, "properties.products")) and remains is None
    if is_partial and standard_name(str(event.get("event"))) == "order_refunded":
        raise Rejected(
            "a refund of some products needs what the order is still worth",
            place="properties.remaining_value",
            fix="Send remaining_value; 0 takes the conversion back",
        )
    return _adjustment(event, action, options, "RETRACTION")


def _adjustment(
    event: Mapping[str, Any], action: str, options: Options, kind: str
) -> dict[str, Any]:
    order_id = _order_id(event)
    if order_id is None:
        raise Rejected("an adjustment needs an order_id", place="properties.order_id")
    body = {
        "adjustmentType": kind,
        "conversionAction": _action(action, options),
        "orderId": order_id,
    }
    if kind != "ENHANCEMENT":
        body["adjustmentDateTime"] = _written(event)
    return body


def _action(action: str, options: Options) -> str:
    return f"{options.customer}/conversionActions/{action}"


def _order_id(event: Mapping[str, Any]) -> str | None:
    return text(first(event, _ORDER_ID))


def _written(event: Mapping[str, Any]) -> str:
    """Return when it happened as Google writes it: ``2026-10-01 10:00:01+00:00``."""
    return moment(event).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S+00:00")


def _first_party(identifier: dict[str, Any]) -> dict[str, Any]:
    return {"userIdentifierSource": "FIRST_PARTY", **identifier}


def _click_of(event: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return which click id there is, and the id: one of Google's three, no more."""
    query = _query_of(event)
    for name in _CLICKS:
        places = ("context.campaign", "context", "properties", "context.traits")
        told = first(event, tuple(f"{place}.{name}" for place in places))
        found = text(told) or query.get(name) or _external_id(event, name)
        if found:
            return name, found
    return None


def _query_of(event: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in ("context.page.search", "context.page.url", "properties.url"):
        written = text(find(event, path))
        if not written:
            continue
        try:
            query = written.lstrip("?") if "search" in path else urlsplit(written).query
        except ValueError:
            continue
        found |= {name: values[0] for name, values in parse_qs(query).items()}
    return found


def _external_id(event: Mapping[str, Any], kind: str) -> str | None:
    listed = find(event, "context.externalId")
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, Mapping) and str(one.get("type")).lower() == kind:
            return text(one.get("id"))
    return None

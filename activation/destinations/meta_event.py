"""Meta: one event as the Conversions API takes it, people only by hashes.

Sources: https://developers.facebook.com/documentation/ads-commerce/conversions-api/parameters
and https://developers.facebook.com/docs/meta-pixel/reference (standard events).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from activation.destinations.advertising import (
    PERSONAL_KEYS,
    Person,
    names_a_person,
    without_person,
)
from activation.destinations.commerce import standard_name
from activation.destinations.mapping import (
    Field,
    fields_of,
    find,
    first,
    milliseconds,
    moment,
    seconds,
    text,
)
from activation.destinations.meta_app import advertising_id, app_data
from activation.destinations.meta_custom import custom_data
from activation.destinations.meta_people import user_data
from cdp.errors import Rejected

OLDEST_IN_STORES = timedelta(days=62)
OLDEST, NEWEST = timedelta(days=7), timedelta(minutes=1)
LONGEST_NAME = 50
EVENTS = {
    "product_list_viewed": "ViewContent",
    "product_viewed": "ViewContent",
    "product_added": "AddToCart",
    "product_added_to_wishlist": "AddToWishlist",
    "products_searched": "Search",
    "checkout_started": "InitiateCheckout",
    "payment_info_entered": "AddPaymentInfo",
    "order_completed": "Purchase",
}
_BEYOND_COMMERCE = {
    "signed_up": "CompleteRegistration",
    "account_created": "CompleteRegistration",
    "sign_up": "CompleteRegistration",
    "lead_generated": "Lead",
    "generate_lead": "Lead",
    "subscription_started": "Subscribe",
    "subscribed": "Subscribe",
    "trial_started": "StartTrial",
}
_SOURCES = {"web": "website", "mobile": "app", "server": "system_generated"}
_BROWSER = (
    Field("client_ip_address", ("context.ip",), text),
    Field("client_user_agent", ("context.userAgent", "context.user_agent"), text),
    Field("fbp", ("context.fbp", "properties.fbp", "properties._fbp"), text),
    Field("fbc", ("context.fbc", "properties.fbc", "properties._fbc"), text),
    Field("lead_id", ("context.lead_id", "properties.lead_id"), text),
    Field("fb_login_id", ("context.fb_login_id",), text),
)
_URL = ("context.page.url", "properties.url")


@dataclass(frozen=True, slots=True)
class Options:
    """What a connection decides.

    Attributes:
        event_names: Meta's event by ours, before the usual table.
        sends_external_id: Whether Meta may know the hash of the user id.
        calling_code: The country of telephone numbers that begin with a zero.
        limits_data_use: Whether events carry limited data use (LDU).
        action_source: Where events happen; read from the event where empty.
        now: The clock.
    """

    event_names: Mapping[str, Any] = field(default_factory=dict)
    sends_external_id: bool = True
    calling_code: str = ""
    limits_data_use: bool = False
    action_source: str = ""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


def translate(event: Mapping[str, Any], options: Options) -> dict[str, Any] | None:
    """Return the event as Meta takes it; None where there is no such event.

    Raises:
        Rejected: Meta could not take it.
    """
    name = _name_of(event, options)
    if name is None:
        return None
    source = options.action_source or _source_of(event)
    _check_age(event, source, options)
    person = Person.of(event)
    body: dict[str, Any] = {
        "event_name": name,
        "event_time": seconds(event),
        "action_source": source,
        "user_data": _people(event, options),
    }
    if source == "app":
        body |= _of_app(event, body["user_data"])
    if event.get("messageId"):
        body["event_id"] = event["messageId"]
    url = without_person(text(first(event, _URL)), person)
    if url:
        body["event_source_url"] = url
    if custom := _custom(event, name, person):
        body["custom_data"] = custom
    if options.limits_data_use:
        body |= _limited(event)
    return body


def _of_app(event: Mapping[str, Any], people: Mapping[str, Any]) -> dict[str, Any]:
    device = advertising_id(event)
    known = {**people, "madid": device} if device else people
    return {"app_data": app_data(event), "user_data": known}


def _name_of(event: Mapping[str, Any], options: Options) -> str | None:
    kind = str(event.get("type"))
    ours = str(event.get("event") or "") if kind == "track" else kind
    named = {str(key).lower(): value for key, value in options.event_names.items()}
    snake = ours.strip().lower().replace(" ", "_")
    if found := named.get(ours.lower()) or named.get(snake):
        return str(found)
    if kind != "track":
        return "PageView" if kind == "page" else None
    standard = EVENTS.get(standard_name(ours) or "") or _BEYOND_COMMERCE.get(snake)
    name = standard or ours.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise Rejected(
            f"an event of Meta has a name of 1 to {LONGEST_NAME} characters",
            place="event",
            fix="Rename it in the connection",
        )
    return name


def _check_age(event: Mapping[str, Any], source: str, options: Options) -> None:
    age = options.now() - moment(event)
    oldest = OLDEST_IN_STORES if source == "physical_store" else OLDEST
    if age > oldest:
        words = f"Meta takes events of the last {oldest.days} days"
        raise Rejected(words, place="timestamp")
    if age < -NEWEST:
        raise Rejected("Meta takes no events of the future", place="timestamp")


def _source_of(event: Mapping[str, Any]) -> str:
    """Return where it happened: as the event says, else by its channel and its page."""
    told = find(event, "properties.action_source")
    if isinstance(told, str):
        return told
    usual = _SOURCES.get(str(event.get("channel")))
    if usual != "app" and find(event, "context.page.url"):
        return "website"
    return usual or "other"


def _people(event: Mapping[str, Any], options: Options) -> dict[str, Any]:
    found = user_data(
        event,
        calling_code=options.calling_code,
        with_external_id=options.sends_external_id,
    )
    found |= fields_of(event, _BROWSER)
    if "fbc" not in found and (click := _click_of(event)):
        # subdomain index 1 is what Meta asks for where no cookie was set
        found["fbc"] = f"fb.1.{milliseconds(event)}.{click}"
    return found


def _click_of(event: Mapping[str, Any]) -> str | None:
    url = first(event, _URL)
    try:
        query = parse_qs(urlsplit(str(url)).query) if url else {}
    except ValueError:
        return None
    return query.get("fbclid", [None])[0]


def _custom(
    event: Mapping[str, Any], name: str, person: Person
) -> dict[str, Any] | None:
    properties = event.get("properties")
    if event.get("type") not in {"track", "page", "screen"}:
        return None
    told = properties if isinstance(properties, Mapping) else {}
    kept = frozenset({"id", "content_ids", "order_id", "currency"})
    found = custom_data(told, name, is_standard=name in _STANDARD)
    cleaned: dict[str, Any] = without_person(found, person, kept)
    return {
        key: value
        for key, value in cleaned.items()
        if key.lower() not in PERSONAL_KEYS - {"name", "age", "address"}
        and not names_a_person(key, value)
    }


def _limited(event: Mapping[str, Any]) -> dict[str, Any]:
    told = find(event, "context.dataProcessingOptions")
    options, country, state = (
        [*told, 0, 0][:3] if isinstance(told, list) else "LDU",
        0,
        0,
    )
    return {
        "data_processing_options": options if isinstance(options, list) else ["LDU"],
        "data_processing_options_country": country,
        "data_processing_options_state": state,
    }


_STANDARD = frozenset({*EVENTS.values(), *_BEYOND_COMMERCE.values(), "PageView"})

"""Google Analytics 4: one event as the body of one Measurement Protocol request.

Source: https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from activation.destinations import google_analytics_names as names
from activation.destinations.advertising import (
    PERSONAL_KEYS,
    Person,
    names_a_person,
    without_person,
)
from activation.destinations.google_analytics_parameters import (
    integration_of,
    parameters_of,
)
from activation.destinations.google_consent import consent_of
from activation.destinations.mapping import (
    find,
    microseconds,
    moment,
    text,
)
from cdp.errors import Rejected

OLDEST = timedelta(hours=72)
_KEPT = frozenset({"client_id", "app_instance_id", "transaction_id", "item_id"}) | {
    *("currency", "timestamp_micros", "ad_user_data", "ad_personalization")
}
_KEYS = _KEPT | {"order_id", "orderId", "product_id", "sku", "id"}
_KINDS = {"page": "page_view", "screen": "screen_view", "group": "join_group"}


@dataclass(frozen=True, slots=True)
class Options:
    """What a connection decides.

    Attributes:
        is_app: The stream is an app's, known by its Firebase app id.
        client_id_path: Where the client id stands, before the usual places.
        sends_user_id: Whether Google may know the user id.
        identify_event: What an identify becomes; nothing where empty.
        consent: The banner's category by Google's field.
        now: The clock.
    """

    is_app: bool = False
    client_id_path: str = ""
    sends_user_id: bool = True
    identify_event: str = ""
    consent: Mapping[str, Any] = field(default_factory=dict)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


def translate(event: Mapping[str, Any], options: Options) -> dict[str, Any] | None:
    """Return the request body for an event; None where there is no such event.

    Raises:
        Rejected: Google Analytics could not take it.
    """
    name = _name_of(event, options)
    if name is None:
        return None
    if options.now() - moment(event) > OLDEST:
        raise Rejected(
            "Google Analytics takes events of the last 72 hours", place="timestamp"
        )
    person = Person.of(event)
    body: dict[str, Any] = _client_of(event, options, person)
    if options.sends_user_id and (user := person.pseudonym(event.get("userId"))):
        body["user_id"] = user
    body["timestamp_micros"] = microseconds(event)
    event = _anonymous(event, person)
    if properties := _user_properties(event):
        body["user_properties"] = properties
    if str(find(event, "context.device.adTrackingEnabled")).lower() == "false":
        body["non_personalized_ads"] = True
    if consent := consent_of(event, options.consent):
        body["consent"] = consent
    body["events"] = [{"name": name, "params": parameters_of(event, name)}]
    cleaned: dict[str, Any] = without_person(body, person, _KEPT)
    cleaned["events"][0]["name"] = name
    return cleaned


def _anonymous(event: Mapping[str, Any], person: Person) -> dict[str, Any]:
    """Return the event without what names its person, before names are rewritten."""
    context = event.get("context")
    traits = context.get("traits") if isinstance(context, Mapping) else None
    cleaned = {
        part: without_person(event[part], person, _KEYS)
        for part in ("properties", "traits")
        if event.get(part)
    }
    if not traits:
        return {**event, **cleaned}
    own = {"traits": without_person(traits, person)}
    return {**event, **cleaned, "context": {**(context or {}), **own}}


def _name_of(event: Mapping[str, Any], options: Options) -> str | None:
    kind = str(event.get("type"))
    if kind == "track":
        return names.event_name(str(event.get("event") or ""))
    if kind == "identify":
        return options.identify_event or None
    return _KINDS.get(kind)


def _client_of(
    event: Mapping[str, Any], options: Options, person: Person
) -> dict[str, Any]:
    """Return the client, or the installation of an app, that the event is of."""
    own, key = (
        integration_of(event),
        "app_instance_id" if options.is_app else "client_id",
    )
    candidates = [
        find(event, options.client_id_path) if options.client_id_path else None,
        own.get("appInstanceId" if options.is_app else "clientId"),
        _external_id(event, "ga4AppInstanceId" if options.is_app else "ga4ClientId"),
        None if options.is_app else event.get("anonymousId") or event.get("userId"),
    ]
    for candidate in candidates:
        if found := person.pseudonym(text(candidate)):
            return {key: found}
    raise Rejected(
        f"the event has no {key}",
        place="context.externalId" if options.is_app else "anonymousId",
        fix="Send it as an externalId of type ga4AppInstanceId"
        if options.is_app
        else "",
    )


def _external_id(event: Mapping[str, Any], kind: str) -> Any:
    listed = find(event, "context.externalId")
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, Mapping) and one.get("type") == kind:
            return one.get("id")
    return None


def _user_properties(event: Mapping[str, Any]) -> dict[str, Any]:
    traits = event.get("traits") if event.get("type") == "identify" else None
    traits = traits or find(event, "context.traits")
    told = find(event, "properties.user_properties")
    known_of = [one for one in (traits, told) if isinstance(one, Mapping)]
    found: dict[str, Any] = {}
    for key, value in (pair for one in known_of for pair in one.items()):
        name = names.parameter_name(str(key))
        if name is None or len(name) > names.LONGEST_USER_PROPERTY_NAME:
            continue
        known = names.snake(name)
        is_ours = known not in PERSONAL_KEYS | names.RESERVED_USER_PROPERTIES
        is_ours = is_ours and not names_a_person(str(key), value)
        if is_ours and isinstance(value, str | int | float) and value != "":
            short = (
                value[: names.LONGEST_USER_PROPERTY]
                if isinstance(value, str)
                else value
            )
            found[name] = {"value": short}
        if len(found) == names.MOST_USER_PROPERTIES:
            break
    return found

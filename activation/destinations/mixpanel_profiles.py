"""Mixpanel's profiles: what is known of users and of groups.

Reserved names of properties: the vendor's documentation; the updates: the document of
its ingestion API.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from activation.destinations.delivery import Payload
from activation.destinations.mapping import (
    CITY,
    COUNTRY,
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    NAME,
    PHONE,
    STATE,
    Field,
    fields_of,
    find,
    stripped,
    text,
    traits_of,
)
from activation.destinations.mixpanel_event import Options, browser_of, distinct_id

_TRAITS = ("traits", "context.traits")
_CREATED = ("created_at", "createdAt")
_PROFILE = (
    Field("$created", tuple(f"{at}.{name}" for at in _TRAITS for name in _CREATED)),
    Field("$email", EMAIL[:2], stripped),
    Field("$first_name", FIRST_NAME[:6]),
    Field("$last_name", LAST_NAME[:6]),
    Field("$name", NAME[:2]),
    Field("$phone", PHONE[:2]),
    Field("$avatar", tuple(f"{at}.avatar" for at in _TRAITS)),
    Field("$country_code", COUNTRY),
    Field("$city", CITY),
    Field("$region", STATE),
    Field("$initial_referrer", ("context.page.initial_referrer",)),
    Field("$initial_referring_domain", ("context.page.initial_referring_domain",)),
    Field("$os", ("context.os.name",)),
    Field("$carrier", ("context.network.carrier",)),
    Field("$wifi", ("context.network.wifi",)),
    Field("$manufacturer", ("context.device.manufacturer",)),
    Field("$model", ("context.device.model",)),
    Field("$screen_width", ("context.screen.width",)),
    Field("$screen_height", ("context.screen.height",)),
)
_NAMED = frozenset(
    (
        *("email", "phone", "name", "avatar", "address", *_CREATED),
        *("first_name", "firstName", "firstname"),
        *("last_name", "lastName", "lastname"),
        *("city", "state", "country", "country_code"),
    )
)


@dataclass(frozen=True, slots=True)
class Ways:
    """How traits change a profile.

    Attributes:
        once: Traits that keep their first value.
        union: Lists whose items are added where they are not there.
        append: Traits whose every value is kept.
        groups: Group keys of the project; the first takes ``groupId``.
    """

    once: Collection[str] = ()
    union: Collection[str] = ()
    append: Collection[str] = ()
    groups: tuple[str, ...] = ()


def profile(event: Mapping[str, Any], options: Options, ways: Ways) -> list[Payload]:
    """Return the updates of a user's profile: one for each way to change it."""
    traits = {
        **traits_of({"context": event.get("context")}),
        **traits_of(event),
    }
    told = fields_of(event, _PROFILE)
    if "$name" not in told:
        names = (told.get("$first_name"), told.get("$last_name"))
        if all(names):
            told["$name"] = " ".join(str(name) for name in names)
    told.update(browser_of(event.get("context") or {}))
    changes: dict[str, dict[str, Any]] = {"$set": told}
    for name, value in traits.items():
        if name in _NAMED or value is None:
            continue
        changes.setdefault(_way(name, ways), {})[name] = value
    if "$union" in changes:
        changes["$union"] = {
            name: value if isinstance(value, list) else [value]
            for name, value in changes["$union"].items()
        }
    whom = _whom(event, options)
    return [
        Payload({**whom, way: each}, "engage") for way, each in changes.items() if each
    ]


def group(event: Mapping[str, Any], options: Options, ways: Ways) -> list[Payload]:
    """Return the groups that an event describes, and who belongs to them."""
    traits = dict(event.get("traits") or {})
    found: list[Payload] = []
    for number, key in enumerate(ways.groups):
        named = traits.get(key) or (event.get("groupId") if number == 0 else None)
        ids = [text(each) for each in (named if isinstance(named, list) else [named])]
        known = [each for each in ids if each]
        if not known:
            continue
        found.append(Payload({**_whom(event, options), "$set": {key: known}}, "engage"))
        found += [
            Payload(
                {
                    "$token": options.token,
                    "$group_key": key,
                    "$group_id": each,
                    "$set": {**traits, key: each},
                },
                "groups",
            )
            for each in known
        ]
    return found


def _way(name: str, ways: Ways) -> str:
    if name in ways.once:
        return "$set_once"
    if name in ways.union:
        return "$union"
    return "$append" if name in ways.append else "$set"


def _whom(event: Mapping[str, Any], options: Options) -> dict[str, Any]:
    told = {"$token": options.token, "$distinct_id": distinct_id(event, options)}
    # without an address the vendor would place everybody where our servers stand
    return told | {"$ip": find(event, "context.ip") or "0"}

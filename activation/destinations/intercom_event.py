"""Intercom's records: what an event says of a contact, a company, or its timeline.

Field names: the vendor's OpenAPI document 2.14. Names of attributes and metadata hold
no periods, and metadata at most twenty keys; what is nested is flattened with
underscores.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from activation.destinations.mapping import (
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    NAME,
    PHONE,
    Field,
    fields_of,
    first,
    number,
    seconds,
    stripped,
    text,
    traits_of,
    whole,
)
from cdp.errors import Rejected

MOST_METADATA = 20
USER_ID = ("userId", "traits.userId", "context.traits.userId")
_RICH = ({"url", "value"}, {"amount", "currency"})
_SIGNED_UP = ("created_at", "createdAt", "signed_up_at")
_OF_CONTACT = frozenset(
    (
        *("email", "phone", "name", "avatar", "userId", "company", "companies"),
        *("firstName", "first_name", "firstname", *_SIGNED_UP),
        *("lastName", "last_name", "lastname", "unsubscribed_from_emails"),
    )
)
_OF_COMPANY = frozenset(
    (
        *("name", "plan", "size", "industry", "website", "id", "company_id", "userId"),
        *("monthlySpend", "monthly_spend", "remoteCreatedAt", "remote_created_at"),
        *("createdAt", "created_at"),
    )
)


def unix(value: Any) -> int | None:
    """Return a moment in Unix seconds, given so, in milliseconds or as ISO 8601."""
    found = whole(value)
    if found is not None:
        return found // 1000 if found > 10**11 else found
    try:
        return int(datetime.fromisoformat(str(value)).timestamp())
    except ValueError:
        return None


_CONTACT = (
    Field("email", EMAIL[:2], stripped),
    Field("phone", PHONE[:2], text),
    Field("avatar", ("traits.avatar", "context.traits.avatar"), text),
    Field(
        "signed_up_at",
        tuple(
            f"{at}.{name}" for at in ("traits", "context.traits") for name in _SIGNED_UP
        ),
        unix,
    ),
    Field(
        "unsubscribed_from_emails",
        ("traits.unsubscribed_from_emails", "context.traits.unsubscribed_from_emails"),
    ),
)
_COMPANY = (
    Field("name", ("name",), text),
    Field("plan", ("plan",), text),
    Field("size", ("size", "employees"), whole),
    Field("website", ("website",), text),
    Field("industry", ("industry",), text),
    Field("monthly_spend", ("monthly_spend", "monthlySpend"), number),
    Field(
        "remote_created_at",
        ("remote_created_at", "remoteCreatedAt", "created_at", "createdAt"),
        unix,
    ),
)


def whom(event: Mapping[str, Any], *, anonymous: bool) -> dict[str, str]:
    """Return external id and email of whom an event is about; {} for a stranger.

    Args:
        event: Any event.
        anonymous: Whether the anonymous id stands in for a missing user id.
    """
    user_id = text(first(event, USER_ID))
    # the email among the traits of a group is the company's
    emails = EMAIL[1:2] if event.get("type") == "group" else EMAIL[:2]
    email = stripped(first(event, emails))
    if not user_id and anonymous:
        user_id = text(event.get("anonymousId"))
    found = {"external_id": user_id, "email": email}
    return {name: value for name, value in found.items() if value}


def contact(
    event: Mapping[str, Any], identity: Mapping[str, str], kept: Collection[str] | None
) -> dict[str, Any]:
    """Return the contact that an identify describes.

    Args:
        event: An identify.
        identity: Its external id, its email.
        kept: Custom attributes that are sent; all where None.
    """
    told = {**fields_of(event, _CONTACT), **identity}
    if "external_id" in identity:
        told["role"] = "user"
    names = (text(first(event, FIRST_NAME[:6])), text(first(event, LAST_NAME[:6])))
    name = text(first(event, NAME[:2])) or " ".join(one for one in names if one)
    if name:
        told["name"] = name
    traits = traits_of(event)
    custom = _custom(traits, _OF_CONTACT, kept)
    return told | ({"custom_attributes": custom} if custom else {})


def company(
    traits: Mapping[str, Any], company_id: str, kept: Collection[str] | None
) -> dict[str, Any]:
    """Return the company that a group, or ``traits.company``, describes."""
    told = {"company_id": company_id, **fields_of(traits, _COMPANY)}
    own = _OF_COMPANY if traits.get("size") else _OF_COMPANY | {"employees"}
    custom = _custom(traits, own, kept)
    return told | ({"custom_attributes": custom} if custom else {})


def happened(event: Mapping[str, Any], identity: Mapping[str, str]) -> dict[str, Any]:
    """Return a track as an event of the contact's timeline.

    The vendor counts events of one name, person and second once.

    Raises:
        Rejected: The event has no name or no time.
    """
    name = text(event.get("event"))
    if not name:
        raise Rejected("the event has no name", place="event")
    told: dict[str, Any] = {"event_name": name, "created_at": seconds(event)}
    if "external_id" in identity:
        told["user_id"] = identity["external_id"]
    if "email" in identity:
        told["email"] = identity["email"]
    metadata = metadata_of(event.get("properties") or {})
    return told | ({"metadata": metadata} if metadata else {})


def metadata_of(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties as metadata: plain ones first, at most twenty.

    A link (url, value) and an amount (amount, currency) are rich objects of the vendor
    and stay whole.
    """
    simple = {k: v for k, v in properties.items() if not isinstance(v, dict | list)}
    rest = {k: v for k, v in properties.items() if k not in simple}
    flat: dict[str, Any] = {}
    for name, value in {**simple, **rest}.items():
        if isinstance(value, dict) and any(keys <= value.keys() for keys in _RICH):
            flat[_safe(name)] = value
        else:
            _flatten(flat, name, value)
    return dict(list(flat.items())[:MOST_METADATA])


def _custom(
    traits: Mapping[str, Any], own: Collection[str], kept: Collection[str] | None
) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in traits.items():
        if name not in own:
            _flatten(flat, name, value)
    return {k: v for k, v in flat.items() if kept is None or k in kept}


def _flatten(flat: dict[str, Any], name: str, value: Any) -> None:
    if isinstance(value, Mapping):
        for key, each in value.items():
            _flatten(flat, f"{name}_{key}", each)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            _flatten(flat, f"{name}_{index}", each)
    elif value is not None:
        flat[_safe(name)] = value


def _safe(name: str) -> str:
    return name.replace(".", "_").replace("$", "_")

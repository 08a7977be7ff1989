"""Customer.io's operations: what an event does to a person, a device or an object.

Field names, actions and the meaning of each: the vendor's Track API v2, whose batch
takes operations of all kinds together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from activation.destinations.mapping import (
    EMAIL,
    find,
    first,
    lower,
    milliseconds,
    seconds,
    stripped,
    text,
    traits_of,
    whole,
)
from cdp.errors import Rejected

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_USER_ID = ("userId", "traits.userId", "context.traits.userId")
_CREATED = ("created_at", "createdAt")
_DEVICE_EVENTS = frozenset({"application_installed", "application_opened"})
_DEVICE_GONE = "application_uninstalled"
_OBJECT_ACTIONS = frozenset(
    {"identify", "identify_anonymous", "add_relationships", "delete_relationships"}
)
_NOT_ATTRIBUTES = frozenset({"anonymousId", "userId", "address", *_CREATED})
_OF_OBJECTS = frozenset({"action", "objectTypeId", "object_type_id"})


def identify(event: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the person with their attributes; None for who has no id and no email.

    An anonymous id among the attributes gives the person the events of that device.
    """
    identifiers = _identifiers(event)
    if "anonymous_id" in identifiers:
        return None
    traits = traits_of(event)
    attributes = attributes_of(traits)
    if event.get("anonymousId"):
        attributes["anonymous_id"] = event["anonymousId"]
    operation = _person("identify", identifiers, attributes)
    operation["timestamp"] = seconds(event)
    return operation


def attributes_of(traits: Mapping[str, Any]) -> dict[str, Any]:
    """Return traits as attributes: an address flat, the creation in Unix seconds."""
    kept = {name: each for name, each in traits.items() if name not in _NOT_ATTRIBUTES}
    address = traits.get("address")
    if isinstance(address, Mapping):
        kept = {**kept, **address}
    elif address is not None:
        kept["address"] = address
    if email := stripped(traits.get("email")):
        kept["email"] = email
    created = _unix(first(traits, _CREATED))
    if created is not None:
        kept["created_at"] = created
    return kept


def occurrence(event: Mapping[str, Any], name: str, action: str) -> dict[str, Any]:
    """Return something that a person did, or a stranger's device.

    Args:
        event: A track, page or screen.
        name: What it is called there.
        action: ``event``, ``page`` or ``screen``.
    """
    operation = _person(
        action, _identifiers(event), dict(event.get("properties") or {})
    )
    operation["name"] = name
    operation["timestamp"] = seconds(event)
    operation["id"] = ulid(event)
    return operation


def device(
    event: Mapping[str, Any], name: str, more: Collection[str]
) -> dict[str, Any] | None:
    """Return what an app's event does to a device; None where it does nothing.

    Args:
        event: A track.
        name: Its name in snake case.
        more: Names of further events that tell a device's token.
    """
    token = text(find(event, "context.device.token"))
    is_told = name in _DEVICE_EVENTS or name in more
    identifiers = _identifiers(event)
    if token is None or not (is_told or name == _DEVICE_GONE):
        return None
    if "anonymous_id" in identifiers:  # a device belongs to a person
        return None
    operation: dict[str, Any] = {"type": "person", "identifiers": identifiers}
    if name == _DEVICE_GONE:
        return operation | {"action": "delete_device", "device": {"token": token}}
    told = {
        "token": token,
        "platform": _platform(event),
        "last_used": seconds(event),
        "attributes": dict(event.get("properties") or {}),
    }
    return operation | {"action": "add_device", "device": told}


def merge(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the operation that makes one person of two.

    Raises:
        Rejected: One of the two is not named.
    """
    kept, gone = text(event.get("userId")), text(event.get("previousId"))
    if not kept or not gone:
        raise Rejected("an alias needs userId and previousId", place="previousId")
    return {
        "type": "person",
        "action": "merge",
        "primary": {"id": kept},
        "secondary": {"id": gone},
    }


def group(event: Mapping[str, Any], object_type: str) -> dict[str, Any]:
    """Return the object that a group is, related to the person.

    Raises:
        Rejected: The group has no id.
    """
    group_id = text(event.get("groupId"))
    if not group_id:
        raise Rejected("a group needs groupId", place="groupId")
    traits = dict(event.get("traits") or {})
    asked = traits.get("action")
    kind = text(first(traits, ("objectTypeId", "object_type_id"))) or object_type
    whom = _identifiers(event, by_email=False)
    usual = "identify_anonymous" if "anonymous_id" in whom else "identify"
    return {
        "type": "object",
        "action": asked if asked in _OBJECT_ACTIONS else usual,
        "identifiers": {"object_id": group_id, "object_type_id": kind},
        "attributes": {
            name: each for name, each in traits.items() if name not in _OF_OBJECTS
        },
        "cio_relationships": [{"identifiers": whom}],
    }


def ulid(event: Mapping[str, Any]) -> str:
    """Return a ULID that is the same for the same message: its moment and its id.

    The vendor counts events of one ULID once. Source: github.com/ulid/spec.
    """
    message_id = text(event.get("messageId"))
    if not message_id:
        raise Rejected("the event has no messageId", place="messageId")
    chance = hashlib.sha256(message_id.encode()).digest()[:10]
    value = milliseconds(event) << 80 | int.from_bytes(chance)
    return "".join(_CROCKFORD[value >> shift & 31] for shift in range(125, -5, -5))


def _person(
    action: str, identifiers: dict[str, str], attributes: dict[str, Any]
) -> dict[str, Any]:
    return {
        "type": "person",
        "action": action,
        "identifiers": identifiers,
        "attributes": attributes,
    }


def _identifiers(event: Mapping[str, Any], *, by_email: bool = True) -> dict[str, str]:
    if user_id := text(first(event, _USER_ID)):
        return {"id": user_id}
    if by_email and (email := stripped(first(event, EMAIL[:2]))):
        return {"email": email}
    if anonymous_id := text(event.get("anonymousId")):
        return {"anonymous_id": anonymous_id}
    raise Rejected("the event names neither a person nor a device", place="userId")


def _platform(event: Mapping[str, Any]) -> str | None:
    """Return ``ios`` or ``android``; what the event says where it is neither."""
    said = lower(find(event, "context.device.type"))
    if said in {"ios", "android"}:
        return said
    system = lower(find(event, "context.os.name"))
    return system if system in {"ios", "android"} else said


def _unix(value: Any) -> int | None:
    """Return a creation in Unix seconds, given so, in milliseconds or as ISO 8601."""
    number = whole(value)
    if number is not None:
        return number // 1000 if number > 10**11 else number
    try:
        return int(datetime.fromisoformat(str(value)).timestamp())
    except ValueError:
        return None

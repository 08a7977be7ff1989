"""What came in a webhook: one event of ours for each of the vendor's.

An event that comes from a tool is marked (``context.integration``) and switched off for
that tool (``integrations``), so that live delivery never sends it back.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

_encode = msgspec.json.Encoder(order="deterministic").encode
_PEOPLE = uuid.UUID("b0a63f0a-7a53-5f2f-9d0e-52b3f6a1c7de")
Table = Mapping[str, tuple[str, Mapping[str, Any]]]
"""By the vendor's type: our event, and its properties as path or (path, change)."""


@dataclass(frozen=True, slots=True)
class Who:
    """Whom a vendor's event is about, as far as it says.

    Attributes:
        user_id: Our own login, where the vendor was told it.
        customer_key: The vendor's own id of the person.
        email: Their address.
    """

    user_id: str | None = None
    customer_key: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """One event of a vendor.

    Attributes:
        vendor_type: What the vendor calls it.
        event: Ours, as an SDK would send it; None for a type that is not mapped.
        item: The vendor's own part of the body.
    """

    vendor_type: str
    event: dict[str, Any] | None
    item: Any = field(repr=False)


def find(source: Any, path: str) -> Any:
    """Return what stands at a dotted path; None for nothing and for an empty text."""
    value = source
    for step in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return None if value == "" else value


def first(source: Any, paths: Sequence[str]) -> Any:
    """Return the first value that one of the paths has; None where none has."""
    return next(
        (value for path in paths if (value := find(source, path)) is not None), None
    )


def text_of(value: Any) -> str | None:
    """Return an id as text; None for what is none."""
    if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
        return str(value)
    return None


def taken(source: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties: ours by name, each a path or a path with what changes it.

    Of several paths (``a|b``) the first that has a value counts.
    """
    found = {}
    for name, written in fields.items():
        path, change = written if isinstance(written, tuple) else (written, None)
        value = first(source, path.split("|"))
        if value is not None and change is not None:
            value = change(value)
        if value is not None:
            found[name] = value
    return found


def cents(value: Any) -> float | None:
    """Return an amount in units of its currency from one in hundredths."""
    return None if (exact := _decimal(value)) is None else float(exact / 100)


def amount(value: Any) -> float | None:
    """Return an amount from its text."""
    return None if (exact := _decimal(value)) is None else float(exact)


def _decimal(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def code(value: Any) -> str:
    """Return a currency code in capitals."""
    return str(value).upper()


def unix(value: Any, per_second: int = 1) -> str | None:
    """Return a moment of the Unix epoch as ISO 8601."""
    exact = _decimal(value)
    if exact is None:
        return None
    try:
        return datetime.fromtimestamp(float(exact) / per_second, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return None


def digest(item: Any) -> str:
    """Return what tells an item from others where the vendor gave it no id."""
    return hashlib.sha256(_encode(item)).hexdigest()[:32]


def message_id(vendor: str, own_id: Any) -> str:
    """Return the id of an event, the same however often the vendor posts it."""
    return f"{vendor}-{own_id}"


def spec_event(
    vendor: str,
    own_id: Any,
    name: str,
    who: Who,
    *,
    properties: Mapping[str, Any] | None = None,
    timestamp: str | None = None,
) -> dict[str, Any]:
    """Return a track call as an SDK would send it.

    Args:
        vendor: Whose event it is.
        own_id: The vendor's own id of the event.
        name: Ours.
        who: Whom it is about; a stranger gets a device of their own.
        properties: Ours.
        timestamp: When it happened, ISO 8601.
    """
    traits = {"email": who.email} if who.email else {}
    event: dict[str, Any] = {
        "messageId": message_id(vendor, own_id),
        "type": "track",
        "event": name,
        "properties": dict(properties or {}),
        "context": {
            "integration": {"name": vendor},
            **({"traits": traits} if traits else {}),
        },
        "integrations": {"All": True, vendor: False},
    }
    if who.user_id:
        event["userId"] = who.user_id
    else:
        event["anonymousId"] = _stranger(vendor, who, own_id)
    if traits:
        event["traits"] = traits  # where identity looks for an address
    if timestamp:
        event["timestamp"] = timestamp
    return event


def _stranger(vendor: str, who: Who, own_id: Any) -> str:
    key = who.customer_key or (who.email or "").strip().lower() or f"event {own_id}"
    return str(uuid.uuid5(_PEOPLE, f"{vendor}:{key}"))


@dataclass(frozen=True, slots=True)
class Vendor:
    """How one vendor's events become ours.

    Attributes:
        name: The vendor.
        table: Ours by the vendor's types.
        who: Tells from an item whom it is about.
    """

    name: str
    table: Table
    who: Callable[[Any], Who]

    def arrived(
        self, vendor_type: str, item: Any, own_id: Any, timestamp: str | None
    ) -> Arrived:
        """Return what the table makes of one item; no event for a type it lacks."""
        if vendor_type not in self.table:
            return Arrived(vendor_type, None, item)
        name, fields = self.table[vendor_type]
        try:
            who, properties = self.who(item), taken(item, fields)
        except (AttributeError, TypeError, ValueError, ArithmeticError):
            # one item of another shape must not cost its neighbours
            return Arrived(vendor_type, None, item)
        event = spec_event(
            self.name,
            digest(item) if own_id is None else own_id,
            name,
            who,
            properties=properties,
            timestamp=timestamp,
        )
        return Arrived(vendor_type, event, item)

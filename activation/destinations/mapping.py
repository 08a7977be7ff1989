"""From an event to a tool's fields: tables of paths, read by every destination.

A path is dotted (``context.page.url``); a step that is a number is a place in a list.
A row of a table names the tool's field, where its value comes from (the first path that
has one) and, if it must change, how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any

from cdp.errors import Rejected

# Where SDKs and plans of this world put what every tool asks for.
EMAIL = ("traits.email", "context.traits.email", "properties.email")
PHONE = ("traits.phone", "context.traits.phone", "properties.phone")
FIRST_NAME = (
    *("traits.first_name", "traits.firstName", "traits.firstname"),
    *("context.traits.first_name", "context.traits.firstName"),
    *("context.traits.firstname", "properties.first_name", "properties.firstName"),
)
LAST_NAME = (
    *("traits.last_name", "traits.lastName", "traits.lastname"),
    *("context.traits.last_name", "context.traits.lastName"),
    *("context.traits.lastname", "properties.last_name", "properties.lastName"),
)
NAME = ("traits.name", "context.traits.name", "properties.name")
BIRTH_DATE = (
    *("traits.birth_date", "traits.birthday"),
    *("context.traits.birth_date", "context.traits.birthday"),
)
CITY = (
    *("traits.city", "traits.address.city"),
    *("context.traits.city", "context.traits.address.city"),
)
STATE = (
    *("traits.state", "traits.address.state"),
    *("context.traits.state", "context.traits.address.state"),
)
POSTAL_CODE = (
    *("traits.postal_code", "traits.zip", "traits.address.postalCode"),
    *("traits.address.zip", "context.traits.zip", "context.traits.postal_code"),
    *("context.traits.address.postalCode", "context.traits.address.zip"),
)
COUNTRY = (
    *("traits.country_code", "traits.country", "traits.address.country"),
    *("context.traits.country_code", "context.traits.country"),
    "context.traits.address.country",
)
USER_AGENT = ("context.userAgent", "context.user_agent")

_MOST_DIGITS = 300  # about where a double ends
Change = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One row of a table.

    Attributes:
        name: The tool's field, dotted where it is nested.
        paths: Where the value comes from: the first that has one.
        change: What the value becomes; a None leaves the field out.
    """

    name: str
    paths: tuple[str, ...]
    change: Change | None = None


def find(source: Any, path: str) -> Any:
    """Return what stands at a path; None where nothing does, or an empty text."""
    value = source
    for step in path.split("."):
        if isinstance(value, dict):  # what JSON decodes to, and quick to tell
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return None if value == "" else value


def first(source: Any, paths: Iterable[str]) -> Any:
    """Return the first value that one of the paths has; None where none has."""
    for path in paths:
        value = find(source, path)
        if value is not None:
            return value
    return None


def fields_of(source: Mapping[str, Any], table: Sequence[Field]) -> dict[str, Any]:
    """Return the tool's fields that this source has values for, nested as named."""
    found: dict[str, Any] = {}
    for row in table:
        value = first(source, row.paths)
        if value is not None and row.change is not None:
            value = row.change(value)
        if value is not None:
            put(found, row.name, value)
    return found


def put(target: dict[str, Any], path: str, value: Any) -> None:
    """Set what stands at a dotted path, making the mappings on the way."""
    *parents, last = path.split(".")
    for step in parents:
        inner = target.get(step)
        if not isinstance(inner, dict):
            inner = target[step] = {}
        target = inner
    target[last] = value


def text(value: Any) -> str | None:
    """Return a value as text; None for what has no plain text (lists, mappings)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float | Decimal) else None


def stripped(value: Any) -> str | None:
    """Return a value as text without the space around it; None where nothing is left.

    Tools refuse an address with a blank that a form let through.
    """
    return (text(value) or "").strip() or None


def traits_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an event says of its person: its own traits, else the context's."""
    for path in ("traits", "context.traits"):
        found = find(event, path)
        if found and isinstance(found, Mapping):
            return dict(found)
    return {}


def with_names(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the event with a first and a last name, where it has a full name only."""
    if first(event, (*FIRST_NAME, *LAST_NAME)) is not None:
        return event
    parts = (text(first(event, NAME[:2])) or "").split()
    if len(parts) < 2:
        return event
    own = {"first_name": parts[0], "last_name": " ".join(parts[1:])}
    traits = event.get("traits")
    return {
        **event,
        "traits": {**(traits if isinstance(traits, Mapping) else {}), **own},
    }


def number(value: Any) -> int | float | None:
    """Return a number, also from its text; None for what is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else None
    try:
        exact = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    # 1e999999 would be a number of a million digits, which no reader of JSON knows
    if not exact.is_finite() or exact.adjusted() > _MOST_DIGITS:
        return None
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def whole(value: Any) -> int | None:
    """Return a whole number, also from its text; None for what is none."""
    found = number(value)
    return int(found) if found is not None and found == int(found) else None


def lower(value: Any) -> str | None:
    """Return a text trimmed and in lower case."""
    found = text(value)
    return found.strip().lower() if found else None


def upper(value: Any) -> str | None:
    """Return a text trimmed and in upper case."""
    found = text(value)
    return found.strip().upper() if found else None


def moment(event: Mapping[str, Any]) -> datetime:
    """Return when the event happened, UTC.

    Raises:
        Rejected: It has no time that can be read.
    """
    written = event.get("timestamp") or event.get("originalTimestamp")
    try:
        return datetime.fromisoformat(str(written))
    except ValueError as error:
        raise Rejected("the event's timestamp is no time", place="timestamp") from error


def seconds(event: Mapping[str, Any]) -> int:
    """Return when the event happened, in whole seconds of the Unix epoch."""
    return int(moment(event).timestamp())


def milliseconds(event: Mapping[str, Any]) -> int:
    """Return when the event happened, in milliseconds of the Unix epoch."""
    return round(moment(event).timestamp() * 1000)


def microseconds(event: Mapping[str, Any]) -> int:
    """Return when the event happened, in microseconds of the Unix epoch."""
    return milliseconds(event) * 1000

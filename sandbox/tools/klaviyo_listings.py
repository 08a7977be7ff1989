"""Klaviyo: what each list takes, and reading page, filter and order of a request."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass

from sandbox.tools.klaviyo_replies import RefusedError
from sandbox.tools_store import Position, microseconds

ARCHIVED = "equals(archived,true)"
_IDENTIFIERS = ("email", "phone_number", "external_id")
_ANY = re.compile(r"any\((\w+),(\[.*\])\)")
_FILTER = re.compile(r"(greater-than|greater-or-equal)\((\w+),([^)]+)\)")


@dataclass(frozen=True, slots=True)
class Listing:
    """What one list endpoint allows.

    Attributes:
        object_name: Where its documents are.
        clock: The attribute that it filters and sorts by.
        operators: The filter operators that the clock takes.
        usual_size: Page size where none is asked for.
        max_size: Largest page; 0 where ``page[size]`` is not taken.
        parameters: Further query parameters that it knows.
        must_filter: A filter that every request must have, besides that on the clock.
    """

    object_name: str
    clock: str
    operators: tuple[str, ...]
    usual_size: int
    max_size: int
    parameters: frozenset[str]
    must_filter: str = ""


PROFILES = Listing(
    "profiles", "updated", ("greater-than",), 20, 100,
    frozenset({"additional-fields[profile]", "fields[profile]"}),
)  # fmt: skip
EVENTS = Listing(
    "events", "datetime", ("greater-than", "greater-or-equal"), 200, 1000,
    frozenset({"include", "fields[event]", "fields[metric]"}),
)  # fmt: skip
CAMPAIGNS = Listing(
    "campaigns", "updated_at", ("greater-than", "greater-or-equal"), 100, 0,
    frozenset({"include", "fields[campaign]", "fields[campaign-message]"}),
    must_filter="equals(messages.channel,'email')",
)  # fmt: skip
METRICS = Listing("metrics", "updated", (), 200, 0, frozenset({"fields[metric]"}))


def size_of(listing: Listing, asked: str | None) -> int:
    """Return the page size that is asked for.

    Raises:
        RefusedError: It is not as the vendor takes it.
    """
    if asked is None:
        return listing.usual_size
    if not asked.isdigit() or not 1 <= int(asked) <= listing.max_size:
        detail = f"page[size] must be between 1 and {listing.max_size}."
        raise RefusedError(400, detail, {"parameter": "page[size]"})
    return int(asked)


def _rest_of(listing: Listing, condition: str | None) -> str | None:
    """Return the filter without the part that every request must have."""
    must = listing.must_filter
    if not must:
        return condition
    if condition == must:
        return None
    if condition is None or not condition.startswith(f"and({must},"):
        detail = f"A filter is required: {must}"
        raise RefusedError(400, detail, {"parameter": "filter"})
    return condition.removeprefix(f"and({must},").removesuffix(")")


def values_of(listing: Listing, condition: str | None) -> tuple[str, list[str]] | None:
    """Return the identifier, and its values, that profiles are asked for by.

    Raises:
        RefusedError: It is not as the vendor takes it.
    """
    found = _ANY.fullmatch(condition or "")
    if not found or listing is not PROFILES:
        return None
    try:
        values = json.loads(found[2])
    except ValueError:
        values = None
    if found[1] not in _IDENTIFIERS or not values:
        detail = f"Invalid filter provided: {condition}"
        raise RefusedError(400, detail, {"parameter": "filter"})
    return found[1], [str(value).lower() for value in values]


def is_asked_for(listing: Listing, condition: str | None, archived: object) -> bool:
    """Tell whether a document is on a list that tells archived ones apart."""
    is_archived = _rest_of(listing, condition) == ARCHIVED
    return not listing.must_filter or bool(archived) == is_archived


def since_of(listing: Listing, condition: str | None) -> int | None:
    """Return the clock from which documents are asked for, microseconds.

    Raises:
        RefusedError: It is not as the vendor takes it.
    """
    condition = _rest_of(listing, condition)
    if condition is None or condition == ARCHIVED:
        return None
    found = _FILTER.fullmatch(condition.replace(" ", "+"))
    if not found or found[2] != listing.clock or found[1] not in listing.operators:
        detail = f"Invalid filter provided: {condition}"
        raise RefusedError(400, detail, {"parameter": "filter"})
    try:
        moment = microseconds(found[3])
    except ValueError as error:
        detail = f"Invalid date: {found[3]}"
        raise RefusedError(400, detail, {"parameter": "filter"}) from error
    return moment + 1 if found[1] == "greater-than" else moment


def is_descending(listing: Listing, sort: str | None) -> bool:
    """Tell whether the newest come first.

    Raises:
        RefusedError: It is not as the vendor takes it.
    """
    if sort not in {None, listing.clock, f"-{listing.clock}"}:
        raise RefusedError(400, "Invalid sort provided.", {"parameter": "sort"})
    return sort is not None and sort.startswith("-")


def cursor_of(position: Position) -> str:
    """Write a place in a list as a cursor."""
    text = json.dumps([position.clock, position.id])
    return base64.urlsafe_b64encode(text.encode()).decode()


def position_of(cursor: str | None) -> Position | None:
    """Read a cursor.

    Raises:
        RefusedError: It is not as the vendor takes it.
    """
    if cursor is None:
        return None
    try:
        clock, key = json.loads(base64.urlsafe_b64decode(cursor))
    except ValueError as error:
        detail = "Invalid cursor provided."
        raise RefusedError(400, detail, {"parameter": "page[cursor]"}) from error
    return Position(clock, key)

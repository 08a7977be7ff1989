"""An event as a row of PostgreSQL: typed columns, the rest as jsonb."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from activation.destinations.mapping import find, moment, number, text, whole
from activation.values import encode
from cdp.errors import Misconfigured, Rejected

KEY = "message_id"
COLUMNS = {
    KEY: "text",
    "type": "text",
    "event": "text",
    "anonymous_id": "text",
    "user_id": "text",
    "previous_id": "text",
    "group_id": "text",
    "source_id": "text",
    "properties": "jsonb",
    "traits": "jsonb",
    "context": "jsonb",
    "occurred_at": "timestamptz",
    "sent_at": "timestamptz",
    "received_at": "timestamptz",
}
_BIGGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class OwnColumn:
    """A column that the settings add.

    Attributes:
        name: The column.
        path: Where in the event its value stands.
        type: PostgreSQL's type.
    """

    name: str
    path: str
    type: str


def _time(value: Any) -> str | None:
    try:
        return datetime.fromisoformat(str(value)).isoformat()
    except ValueError:
        return None


def _day(value: Any) -> str | None:
    found = _time(value)
    return found[:10] if found else None


def _big_whole(value: Any) -> int | None:
    found = whole(value)
    return found if found is not None and abs(found) <= _BIGGEST else None


def _words(value: Any) -> str | None:
    written = text(value)
    return encode(value).decode() if written is None else written


# a value that is none of its type leaves the column empty; jsonb has it all the same
_READ: dict[str, Callable[[Any], Any]] = {
    "text": _words,
    "numeric": lambda value: text(value) if number(value) is not None else None,
    "bigint": _big_whole,
    "boolean": lambda value: value if isinstance(value, bool) else None,
    "timestamptz": _time,
    "date": _day,
    "jsonb": lambda value: encode(value).decode(),
}


def row_of(event: Mapping[str, Any], own: tuple[OwnColumn, ...]) -> dict[str, Any]:
    """Return an event's row, by column.

    Raises:
        Rejected: It has no messageId, or no time.
    """
    if not event.get("messageId"):
        raise Rejected("the event has no messageId", place="messageId")
    row: dict[str, Any] = {
        KEY: str(event["messageId"]),
        "type": _words(event.get("type")),
        "event": event.get("event") or event.get("name"),
        "anonymous_id": event.get("anonymousId"),
        "user_id": event.get("userId"),
        "previous_id": event.get("previousId"),
        "group_id": event.get("groupId"),
        "source_id": event.get("sourceId"),
        "properties": dict(event.get("properties") or {}),
        "traits": dict(event.get("traits") or {}),
        "context": dict(event.get("context") or {}),
        "occurred_at": moment(event).isoformat(),
        "sent_at": _time(event.get("sentAt")),
        "received_at": _time(event.get("receivedAt")),
    }
    for column in own:
        value = find(event, column.path)
        row[column.name] = None if value is None else _READ[column.type](value)
    return row


def read_columns(written: Any) -> tuple[OwnColumn, ...]:
    """Read the settings' own columns: ``name: {from: path, type: numeric}``.

    Raises:
        Misconfigured: One is not written so, or has a name that is taken.
    """
    if not isinstance(written, Mapping):
        raise Misconfigured("expected names and columns", place="postgres.columns")
    return tuple(_column(str(name), value) for name, value in written.items())


def _column(name: str, written: Any) -> OwnColumn:
    place = f"postgres.columns.{name}"
    if name in COLUMNS:
        raise Misconfigured(f"every event has a column {name} already", place=place)
    if not isinstance(written, Mapping) or not written.get("from"):
        raise Misconfigured(
            "a column says where its value comes from",
            place=place,
            fix="Write from: properties.total, and type: numeric",
        )
    kind = str(written.get("type") or "text")
    if kind not in _READ:
        raise Misconfigured(
            f"{kind} is not understood", place=place, fix=f"Use {', '.join(_READ)}"
        )
    return OwnColumn(name, str(written["from"]), kind)

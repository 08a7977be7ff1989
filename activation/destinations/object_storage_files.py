"""Events as files of a data lake: which folder, which name, which bytes."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec
import pyarrow as pa
from pyarrow import parquet

from activation.destinations.delivery import Item
from activation.values import encode

_ZIP_LEVEL = 6
_MOMENT = pa.timestamp("ms", "UTC")
_TEXTS = {
    "message_id": "messageId",
    "type": "type",
    "event": "event",
    "anonymous_id": "anonymousId",
    "user_id": "userId",
    "previous_id": "previousId",
    "group_id": "groupId",
    "source_id": "sourceId",
}
_NESTED = ("properties", "traits", "context")
_MOMENTS = {
    "occurred_at": "timestamp",
    "sent_at": "sentAt",
    "received_at": "receivedAt",
}
_COLUMNS: dict[str, pa.DataType] = {
    **dict.fromkeys((*_TEXTS, *_NESTED), pa.string()),
    **dict.fromkeys(_MOMENTS, _MOMENT),
}
SCHEMA = pa.schema(_COLUMNS)
FORMATS = {"ndjson": "ndjson.gz", "parquet": "parquet"}
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class _Head(msgspec.Struct, frozen=True, rename="camel"):
    message_id: str | None = None
    type: str | None = None
    event: str | None = None
    timestamp: str | None = None
    received_at: str | None = None


_head_of = msgspec.json.Decoder(_Head).decode


@dataclass(frozen=True, slots=True)
class File:
    """One object.

    Attributes:
        name: Its name below the folder of the settings.
        ids: The messages in it.
        items: Their events.
    """

    name: str
    ids: tuple[str, ...]
    items: tuple[Item, ...] = field(repr=False)


def files_of(items: Iterable[Item], form: str) -> list[File]:
    """Divide events into files: ``event=…/date=…/hour=…/<hash>``, by when they came.

    The hash is over the messages in the file, so that the same events make the same
    file; a message that is there twice is kept once.
    """
    parts: dict[str, dict[str, Item]] = {}
    for item in items:
        head = _head_of(item.content)
        parts.setdefault(_partition(head), {})[str(head.message_id)] = item
    return [
        File(f"{part}/{hash_of(held)}.{FORMATS[form]}", tuple(held), (*held.values(),))
        for part, held in parts.items()
    ]


def hash_of(ids: Iterable[str]) -> str:
    """Return a name of these messages, in whatever order."""
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()[:32]


def _partition(head: _Head) -> str:
    name = quote(head.event or head.type or "unknown", safe=" ").replace(".", "%2E")
    moment = _moment(head.received_at) or _moment(head.timestamp)
    if moment is None:
        return f"event={name}/date=unknown/hour=unknown"
    moment = moment.astimezone(UTC)
    return f"event={name}/date={moment:%Y-%m-%d}/hour={moment:%H}"


def _moment(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def encoded(items: Sequence[Item], form: str) -> bytes:
    """Return the content of a file."""
    if form == "ndjson":
        lines = b"".join(item.content + b"\n" for item in items)
        return gzip.compress(lines, _ZIP_LEVEL, mtime=0)
    rows = [_row(_decode(item.content)) for item in items]
    content = io.BytesIO()
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    parquet.write_table(table, content, compression="zstd")
    return content.getvalue()


def _row(event: Mapping[str, Any]) -> dict[str, Any]:
    named = {
        name: None if event.get(key) is None else str(event[key])
        for name, key in _TEXTS.items()
    }
    nested = {
        name: encode(event[name]).decode() if event.get(name) else None
        for name in _NESTED
    }
    moments = {name: _moment(event.get(key)) for name, key in _MOMENTS.items()}
    return {**named, **nested, **moments}

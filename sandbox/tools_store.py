"""The records of the simulated SaaS tools: vendor-shaped JSON documents in one file.

The simulation writes documents here, the stand-ins serve them through the vendors'
APIs and store what the syncs write back. Every document is kept as the vendor shows it;
beside it stand two clocks, both in whole microseconds since 1970, UTC:

* ``updated_at``, read from the document itself: the clock that the vendor sorts and
  filters its lists by (Stripe has no update time, so there it is ``created``);
* ``changed_at``, the machine's time of the last write that changed the document.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

MICROSECONDS = 1_000_000

_SCHEMA = """
create table if not exists documents (
    tool text not null,
    object_name text not null,
    id text not null,
    updated_at integer not null,
    changed_at integer not null,
    body blob not null,
    primary key (tool, object_name, id)
) without rowid;
create index if not exists documents_by_update
    on documents (tool, object_name, updated_at, id);
create index if not exists stripe_by_change
    on documents (changed_at, object_name, id) where tool = 'stripe';
create table if not exists received (
    tool text not null,
    key text not null,
    content_hash text not null,
    write_count integer not null, duplicate_count integer not null,
    primary key (tool, key)
) without rowid;
"""
_CLOCKS = {"salesforce": "SystemModstamp", "stripe": "created", "meta": "date_start"}
_CLOCKS |= {"hubspot": "updatedAt"}
_KLAVIYO_CLOCKS = ("updated", "updated_at", "datetime")
_UPSERT = """
insert into documents values (?, ?, ?, ?, ?, ?)
on conflict (tool, object_name, id) do update set
    updated_at = excluded.updated_at, changed_at = excluded.changed_at,
    body = excluded.body
where documents.body is not excluded.body
"""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a list that is sorted by a clock, then by id."""

    clock: int
    id: str


@dataclass(frozen=True, slots=True)
class Document:
    """One record of one tool.

    Attributes:
        id: The vendor's id.
        updated_at: Microseconds since 1970, from the document.
        changed_at: Microseconds since 1970, when the store last saw it change.
        body: The record as the vendor's API shows it.
    """

    id: str
    updated_at: int
    changed_at: int
    body: dict[str, Any]

    @property
    def position(self) -> Position:
        """Where it stands in a list sorted by ``updated_at``."""
        return Position(self.updated_at, self.id)


def microseconds(moment: str | float | datetime) -> int:
    """Return a vendor's time (ISO-8601, Unix seconds, datetime) as microseconds."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    if isinstance(moment, datetime):
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return round(aware.timestamp() * MICROSECONDS)
    return round(moment * MICROSECONDS)


def updated_at(tool: str, body: Mapping[str, Any]) -> int:
    """Return the clock by which the vendor lists this document; 0 where it has none."""
    if tool == "klaviyo":
        attributes = body.get("attributes", {})
        moment = next(filter(None, map(attributes.get, _KLAVIYO_CLOCKS)), None)
    elif tool == "google_ads":
        moment = body.get("segments", {}).get("date")
    else:
        moment = body.get(_CLOCKS.get(tool, "updated_at")) or body.get("created_at")
    return microseconds(moment) if moment is not None else 0


def _bounded(
    tool: str, object_name: str, since: int | None, until: int | None
) -> tuple[str, list[Any]]:
    where, values = "tool = ? and object_name = ?", [tool, object_name]
    bounds: list[Any] = []
    for clause, bound in (("updated_at >= ?", since), ("updated_at <= ?", until)):
        if bound is not None:
            where += f" and {clause}"
            bounds.append(bound)
    return where, [*values, *bounds]


class ToolsStore:
    """Documents of all tools in one SQLite file; one writer, any number of readers.

    Args:
        path: The file; made where absent.
    """

    def __init__(self, path: Path | str) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(
            path, timeout=60, isolation_level=None, check_same_thread=False
        )
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = normal")
        self._connection.executescript(_SCHEMA)
        self._encode = msgspec.json.Encoder(order="sorted").encode
        self._decode = msgspec.json.Decoder(dict[str, Any]).decode

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Make the writes inside one unit: all of them last, or none."""
        if self._connection.in_transaction:
            yield self._connection
            return
        self._connection.execute("begin immediate")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("rollback")
            raise
        self._connection.execute("commit")

    def put_many(
        self,
        tool: str,
        object_name: str,
        documents: Iterable[tuple[str, Mapping[str, Any]]],
    ) -> int:
        """Insert or replace documents, in one transaction.

        Args:
            tool: Such as salesforce.
            object_name: The vendor's name, such as ``Lead`` or ``charges``.
            documents: Pairs of id and the document in the vendor's JSON shape.

        Returns:
            How many documents are new or differ from before.
        """
        now = time.time_ns() // 1000
        rows = (
            (tool, object_name, key, updated_at(tool, body), now, self._encode(body))
            for key, body in documents
        )
        with self.transaction() as connection:
            before = connection.total_changes
            connection.executemany(_UPSERT, rows)
            return connection.total_changes - before

    def get(self, tool: str, object_name: str, key: str) -> dict[str, Any] | None:
        """Return one document, or None."""
        row = self._connection.execute(
            "select body from documents where tool = ? and object_name = ? and id = ?",
            (tool, object_name, key),
        ).fetchone()
        return self._decode(row[0]) if row else None

    def count(
        self,
        tool: str,
        object_name: str,
        *,
        since: int | None = None,
        until: int | None = None,
    ) -> int:
        """Return the number of documents of one kind, between two clocks."""
        where, values = _bounded(tool, object_name, since, until)
        statement = f"select count(*) from documents where {where}"  # noqa: S608 - composed of our own clauses
        return int(self._connection.execute(statement, values).fetchone()[0])

    def page(  # noqa: PLR0913 - the options of one list request
        self,
        tool: str,
        object_name: str,
        *,
        after: Position | None = None,
        limit: int = 100,
        since: int | None = None,
        until: int | None = None,
        descending: bool = False,
    ) -> list[Document]:
        """Return the next documents, sorted by ``updated_at`` and id.

        Args:
            tool: The tool.
            object_name: The vendor's name of the object.
            after: The last document of the page before.
            limit: At most so many.
            since: Only documents with ``updated_at`` at or after it, microseconds.
            until: Only documents with ``updated_at`` at or before it, microseconds.
            descending: Newest first.
        """
        where, values = _bounded(tool, object_name, since, until)
        if after is not None:
            where += f" and (updated_at, id) {'<' if descending else '>'} (?, ?)"
            values += [after.clock, after.id]
        order = "desc" if descending else "asc"
        where += f" order by updated_at {order}, id {order} limit ?"
        return [found for _, found in self.select(where, [*values, limit])]

    def select(self, where: str, values: Sequence[Any]) -> list[tuple[str, Document]]:
        """Return ``(object_name, document)`` for what follows ``where``."""
        rows = self._connection.execute(
            "select object_name, id, updated_at, changed_at, body from documents"  # noqa: S608 - composed of our own clauses
            f" where {where}",
            values,
        )
        return [
            (name, Document(key, updated, changed, self._decode(body)))
            for name, key, updated, changed, body in rows
        ]

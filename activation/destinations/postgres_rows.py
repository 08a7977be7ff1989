"""Rows on their way into a PostgreSQL table: as text, by COPY, then merged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
import psycopg
from psycopg import sql

from activation.destinations.delivery import Item
from activation.destinations.exchange import Request
from activation.destinations.postgres_connection import Database

MOST_ROWS = 5_000
MOST_BYTES = 8_000_000
PLACE = "place among incoming"
_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_text_of = msgspec.json.Decoder(str).decode


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        schema: Its schema; empty for the first of the search path.
        name: Its name.
    """

    schema: str
    name: str

    @property
    def identifier(self) -> sql.Identifier:
        """Its name, quoted."""
        parts = [part for part in (self.schema, self.name) if part]
        return sql.Identifier(*parts)

    def __str__(self) -> str:
        """Return it as people write it."""
        return f"{self.schema}.{self.name}" if self.schema else self.name


def fields_of(item: Item) -> dict[str, str | None]:
    """Return a record's fields as PostgreSQL reads them; numbers keep their digits."""
    return {name: _field(bytes(raw)) for name, raw in _decode(item.content).items()}


def _field(raw: bytes) -> str | None:
    if raw.startswith(b'"'):
        return _text_of(raw)
    return None if raw == b"null" else raw.decode()


def names(columns: Iterable[str]) -> sql.Composed:
    """Return columns, quoted, with commas between them."""
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def copy_in(
    cursor: psycopg.Cursor,
    table: Table,
    columns: Sequence[str],
    rows: Iterable[dict[str, str | None]],
) -> None:
    """Copy rows into ``incoming``, a table of this transaction with its types.

    Its column ``PLACE`` numbers them from 0.
    """
    place = sql.Identifier(PLACE)
    create = (
        "create temporary table incoming on commit drop as"
        " select {columns}, cast(null as integer) as {place} from {table} with no data"
    )
    listed = {"columns": names(columns), "place": place}
    cursor.execute(sql.SQL(create).format(table=table.identifier, **listed))
    into = sql.SQL("copy incoming ({columns}, {place}) from stdin").format(**listed)
    with cursor.copy(into) as copy:
        for number, row in enumerate(rows):
            copy.write_row([*(row.get(column) for column in columns), number])


def request_of(
    method: str, database: Database, table: Table, items: Sequence[Item]
) -> Request:
    """Return what is going to be done, for people to read: rows as a JSON array."""
    content = b"[" + b",".join(item.content for item in items) + b"]"
    return Request(method, f"{database.address}/{table}", {}, content)

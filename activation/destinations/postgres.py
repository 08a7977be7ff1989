"""PostgreSQL: events in a table of their own, and rows merged into a given table.

An event is one row, by its ``messageId``: one that is sent twice changes nothing. The
table is made when the first event comes, and gets the columns that settings add later.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import psycopg
from psycopg import sql

from activation.destinations.delivery import Item, Limits, Payload
from activation.destinations.exchange import Request
from activation.destinations.outcome import Outcome, Status
from activation.destinations.postgres_connection import Database
from activation.destinations.postgres_events import (
    COLUMNS,
    KEY,
    OwnColumn,
    read_columns,
    row_of,
)
from activation.destinations.postgres_rows import (
    MOST_BYTES,
    MOST_ROWS,
    Table,
    copy_in,
    fields_of,
    names,
    request_of,
)
from activation.destinations.postgres_settings import KIND
from activation.destinations.postgres_table import PostgresTable
from activation.values import encode
from cdp.errors import Rejected
from cdp.quoting import quoted

__all__ = ["KIND", "Postgres", "PostgresTable"]

_DELIVERED = Outcome(Status.DELIVERED)
# two processes that find no table would both make it
_LOCK = 0x48_45_41_44
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class Postgres:
    """Events in one table.

    Args:
        settings: As ``KIND`` says.
        client: Not used; every event destination takes it.

    Raises:
        Misconfigured: A column of the settings cannot be made.
    """

    limits = Limits(records=MOST_ROWS, bytes=MOST_BYTES)

    def __init__(
        self,
        settings: Mapping[str, Any],
        client: httpx.Client | None = None,  # noqa: ARG002
    ) -> None:
        self._database = Database(settings)
        schema = str(settings.get("schema") or "public")
        self._table = Table(schema, str(settings.get("table") or "events"))
        self._own: tuple[OwnColumn, ...] = read_columns(settings.get("columns") or {})
        self._types = COLUMNS | {own.name: own.type for own in self._own}
        self._is_ready = False

    def translate(self, event: Mapping[str, Any]) -> Sequence[Payload]:
        """Return the event's row.

        Raises:
            Rejected: It has no messageId or time, or a NUL, which the database has not.
        """
        row = row_of(event, self._own)
        content = encode(row)
        if b"\\u0000" in content and _NUL.search(content):
            raise Rejected("a value has a NUL character; PostgreSQL has none")
        return (Payload(row),)

    def request(self, items: Sequence[Item]) -> Request:
        """Return what is going to be done: rows copied into a table."""
        return request_of("COPY", self._database, self._table, items)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Insert a batch in one transaction; rows that are there stay as they are.

        Raises:
            NotTaken: The database could not be reached, or refused the batch.
        """
        columns = list(self._types)
        insert = sql.SQL(
            "insert into {table} ({columns}) select {columns} from incoming"
            " on conflict ({key}) do nothing"
        ).format(
            table=self._table.identifier,
            columns=names(columns),
            key=sql.Identifier(KEY),
        )
        with self._database.transaction() as cursor:
            self._prepare(cursor)
            copy_in(cursor, self._table, columns, map(fields_of, items))
            cursor.execute(insert)
        self._is_ready = True
        return [_DELIVERED] * len(items)

    def _prepare(self, cursor: psycopg.Cursor) -> None:
        """Make the table, or the columns that it lacks; else ask for no rights."""
        if self._is_ready or not (missing := self._missing(cursor)):
            return
        cursor.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        missing = self._missing(cursor)
        table = self._table
        if KEY in missing:
            cursor.execute("select to_regnamespace(%s)", (quoted(table.schema),))
            if cursor.fetchone() == (None,):
                create = sql.SQL("create schema {}")
                cursor.execute(create.format(sql.Identifier(table.schema)))
            kinds = _typed({KEY: f"{self._types[KEY]} primary key"})
            create = sql.SQL("create table {} ({})")
            cursor.execute(create.format(table.identifier, kinds))
            missing.pop(KEY)
        for name, kind in missing.items():
            add = sql.SQL("alter table {} add column if not exists {}")
            cursor.execute(add.format(table.identifier, _typed({name: kind})))

    def _missing(self, cursor: psycopg.Cursor) -> dict[str, str]:
        cursor.execute(
            "select column_name from information_schema.columns"
            " where table_schema = %s and table_name = %s",
            (self._table.schema, self._table.name),
        )
        there = {name for (name,) in cursor.fetchall()}
        return {name: self._types[name] for name in self._types if name not in there}

    def close(self) -> None:
        """Close the connection."""
        self._database.close()


def _typed(columns: Mapping[str, str]) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))
        for name, kind in columns.items()
    )

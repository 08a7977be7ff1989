"""Rows of a model merged into a table of PostgreSQL, or deleted from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from psycopg import sql

from activation.destinations.delivery import Item, Limits
from activation.destinations.exchange import Request
from activation.destinations.outcome import Outcome, Status
from activation.destinations.postgres_connection import Database
from activation.destinations.postgres_rows import (
    MOST_BYTES,
    MOST_ROWS,
    Table,
    copy_in,
    fields_of,
    names,
    request_of,
)
from activation.values import encode, plain
from cdp.errors import Misconfigured, Rejected

_DELIVERED = Outcome(Status.DELIVERED)


class PostgresTable:
    """Rows of a model in one table that is there, matched by its key.

    Args:
        settings: As ``KIND`` says.
        object_name: The table: ``name``, or ``schema.name``.
        external_id_field: The columns of its key, with commas between them; the table
            has a unique constraint on them.
        client: Not used; every record destination takes it.

    Raises:
        Misconfigured: No table or no key is named.
    """

    limits = Limits(records=MOST_ROWS, bytes=MOST_BYTES)

    def __init__(
        self,
        settings: Mapping[str, Any],
        object_name: str,
        external_id_field: str,
        *,
        client: httpx.Client | None = None,  # noqa: ARG002
    ) -> None:
        self._key = [one.strip() for one in external_id_field.split(",") if one.strip()]
        if not object_name or not self._key:
            raise Misconfigured(
                "PostgreSQL needs object and external_id_field",
                place="the exposure's config.meta.sync",
                fix="Name the table, and the columns of its unique key",
            )
        schema, _, name = object_name.rpartition(".")
        self._table = Table(schema or str(settings.get("schema") or "public"), name)
        self._database = Database(settings)

    def prepare(self, record: Mapping[str, Any]) -> Item:
        """Return a row that is new or changed.

        Raises:
            Rejected: A column of its key is empty.
        """
        return self._item(record, "upsert")

    def prepare_removal(self, record: Mapping[str, Any]) -> Item:
        """Return a row that has left the model.

        Raises:
            Rejected: A column of its key is empty.
        """
        return self._item({name: record.get(name) for name in self._key}, "delete")

    def _item(self, record: Mapping[str, Any], action: str) -> Item:
        if any(record.get(name) is None for name in self._key):
            raise Rejected(f"a row needs {', '.join(self._key)}")
        fields = {name: plain(value) for name, value in record.items()}
        return Item(encode(fields), f"{action} {','.join(sorted(fields))}")

    def request(self, items: Sequence[Item]) -> Request:
        """Return what is going to be done: rows merged into a table, or deleted."""
        method = "DELETE" if items[0].lane.startswith("delete ") else "COPY"
        return request_of(method, self._database, self._table, items)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Merge a batch in one transaction; of rows that share a key the last holds.

        Raises:
            NotTaken: The database could not be reached, or refused the batch.
        """
        rows = {
            tuple(row[name] for name in self._key): row for row in map(fields_of, items)
        }
        columns = list(next(iter(rows.values())))
        statement = self._upsert(columns)
        if items[0].lane.startswith("delete "):
            statement = self._delete()
        with self._database.transaction() as cursor:
            copy_in(cursor, self._table, columns, rows.values())
            cursor.execute(statement)
        return [_DELIVERED] * len(items)

    def _upsert(self, columns: Sequence[str]) -> sql.Composed:
        changes = sql.SQL(", ").join(
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name))
            for name in columns
            if name not in self._key
        )
        then = sql.SQL("update set {}").format(changes)
        return sql.SQL(
            "insert into {table} ({columns}) select {columns} from incoming"
            " on conflict ({key}) do {then}"
        ).format(
            table=self._table.identifier,
            columns=names(columns),
            key=names(self._key),
            then=then if set(columns) - set(self._key) else sql.SQL("nothing"),
        )

    def _delete(self) -> sql.Composed:
        same = sql.SQL(" and ").join(
            sql.SQL("target.{0} = incoming.{0}").format(sql.Identifier(name))
            for name in self._key
        )
        delete = sql.SQL("delete from {} as target using incoming where {}")
        return delete.format(self._table.identifier, same)

    def close(self) -> None:
        """Close the connection."""
        self._database.close()

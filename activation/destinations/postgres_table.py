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
    PLACE,
    Table,
    copy_in,
    fields_of,
    names,
    request_of,
)
from activation.destinations.presence import ABSENT, CREATE, UPDATE, present
from activation.values import encode, plain
from cdp.errors import Misconfigured, Rejected

_DELIVERED = Outcome(Status.DELIVERED)
_UPSERT, _DELETE = "upsert", "delete"
_METHODS = {_UPSERT: "COPY", _DELETE: "DELETE", UPDATE: "UPDATE", CREATE: "INSERT"}


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
        return self._item(record, _UPSERT)

    def prepare_update(self, record: Mapping[str, Any]) -> Item:
        """Return a row that changes the one that is there.

        Raises:
            Rejected: A column of its key is empty.
        """
        return self._item(record, UPDATE)

    def prepare_creation(self, record: Mapping[str, Any]) -> Item:
        """Return a row that is inserted unless one is there.

        Raises:
            Rejected: A column of its key is empty.
        """
        return self._item(record, CREATE)

    def prepare_removal(self, record: Mapping[str, Any]) -> Item:
        """Return a row that has left the model.

        Raises:
            Rejected: A column of its key is empty.
        """
        return self._item({name: record.get(name) for name in self._key}, _DELETE)

    def _item(self, record: Mapping[str, Any], action: str) -> Item:
        if any(record.get(name) is None for name in self._key):
            raise Rejected(f"a row needs {', '.join(self._key)}")
        fields = {name: plain(value) for name, value in record.items()}
        return Item(encode(fields), f"{action} {','.join(sorted(fields))}")

    def request(self, items: Sequence[Item]) -> Request:
        """Return what is going to be done: rows merged into a table, or deleted."""
        method = _METHODS[_action_of(items)]
        return request_of(method, self._database, self._table, items)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Merge a batch in one transaction.

        Of rows that share a key the last holds; of those only inserted, the first.

        Raises:
            NotTaken: The database could not be reached, or refused the batch.
        """
        action, fields = _action_of(items), list(map(fields_of, items))
        keys = [tuple(row[name] for name in self._key) for row in fields]
        pairs = list(zip(keys, fields, strict=True))
        rows = dict(reversed(pairs) if action == CREATE else pairs)
        columns = list(fields[0])
        with self._database.transaction() as cursor:
            copy_in(cursor, self._table, columns, rows.values())
            cursor.execute(self._statement(action, columns))
            found = cursor.fetchall() if cursor.description else []
        places = {place for (place,) in found}
        taken = {key for place, key in enumerate(rows) if place in places}
        if action == UPDATE:
            return [_DELIVERED if key in taken else ABSENT for key in keys]
        if action == CREATE:
            first = {key: number for number, key in reversed(list(enumerate(keys)))}
            return [
                _DELIVERED if key in taken and first[key] == number else present()
                for number, key in enumerate(keys)
            ]
        return [_DELIVERED] * len(items)

    def read_fields(
        self, records: Sequence[Mapping[str, Any]], fields: Sequence[str]
    ) -> list[Mapping[str, Any]]:
        """Return what the table has in some columns of rows, in order.

        Raises:
            NotTaken: The database could not be reached, or refused.
        """
        keys = [fields_of(self.prepare_removal(record)) for record in records]
        listed = sql.SQL(", ").join(
            sql.SQL("target.{}").format(sql.Identifier(name)) for name in fields
        )
        query = sql.SQL(
            "select incoming.{place}, {listed} from incoming"
            " inner join {table} as target on {same}"
        ).format(
            place=sql.Identifier(PLACE),
            listed=listed,
            table=self._table.identifier,
            same=self._same("target"),
        )
        with self._database.transaction() as cursor:
            copy_in(cursor, self._table, self._key, keys)
            cursor.execute(query)
            found = {
                place: dict(zip(fields, map(plain, values), strict=True))
                for place, *values in cursor.fetchall()
            }
        return [found.get(place, {}) for place in range(len(records))]

    def _statement(self, action: str, columns: Sequence[str]) -> sql.Composed:
        """Return what is done with ``incoming``; where it is asked, it tells places."""
        if action == _DELETE:
            return self._delete()
        if action == UPDATE:
            return self._update(columns)
        return self._create(columns) if action == CREATE else self._upsert(columns)

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

    def _update(self, columns: Sequence[str]) -> sql.Composed:
        # a row of nothing but its key changes nothing, and it is told if it is there
        changed = [name for name in columns if name not in self._key] or self._key
        changes = sql.SQL(", ").join(
            sql.SQL("{0} = incoming.{0}").format(sql.Identifier(name))
            for name in changed
        )
        return sql.SQL(
            "update {table} as target set {changes} from incoming where {same}"
            " returning incoming.{place}"
        ).format(
            table=self._table.identifier,
            changes=changes,
            same=self._same("target"),
            place=sql.Identifier(PLACE),
        )

    def _create(self, columns: Sequence[str]) -> sql.Composed:
        return sql.SQL(
            "with made as (insert into {table} ({columns}) select {columns}"
            " from incoming on conflict ({key}) do nothing returning {key})"
            " select incoming.{place} from incoming inner join made on {same}"
        ).format(
            table=self._table.identifier,
            columns=names(columns),
            key=names(self._key),
            place=sql.Identifier(PLACE),
            same=self._same("made"),
        )

    def _delete(self) -> sql.Composed:
        delete = sql.SQL("delete from {} as target using incoming where {}")
        return delete.format(self._table.identifier, self._same("target"))

    def _same(self, other: str) -> sql.Composed:
        """Return that a row of another table has the key of one of ``incoming``."""
        return sql.SQL(" and ").join(
            sql.SQL("{1}.{0} = incoming.{0}").format(
                sql.Identifier(name), sql.Identifier(other)
            )
            for name in self._key
        )

    def close(self) -> None:
        """Close the connection."""
        self._database.close()


def _action_of(items: Sequence[Item]) -> str:
    return items[0].lane.partition(" ")[0]

"""Reading a SQL table in pages by cursor and key, each load going on where it was.

``OFFSET`` and long-lived cursors lose or repeat rows when a page fails; a page that
begins after the last row's cursor and key does not. A round begins a while before the
newest change that is known, for rows whose time of change lies behind it; what was seen
there is remembered by key and content, so that reading it again adds nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import dlt
import pyarrow as pa
import sqlalchemy as sa
from dlt.sources.sql_database.helpers import TableLoader
from dlt.sources.sql_database.schema_types import table_to_columns

from ingestion.sources.sql_columns import has_end, is_json, is_wide, selected

PAGE_ROWS = 10_000
MOST_REMEMBERED = 50_000
"""Beyond it rows within the lag are merged again instead of being remembered."""

State = dict[str, Any]
Fit = Callable[[pa.Table], Iterator[Any]]


@dataclass(frozen=True, slots=True)
class Keyset:
    """In which order a table is read, and what of it anew.

    Attributes:
        key: The columns that tell rows apart.
        cursor: The column that moves with every change; None reads all every time.
        lag: How much before the newest change is read again, where it is a time.
    """

    key: tuple[str, ...]
    cursor: str | None
    lag: timedelta

    @property
    def order(self) -> tuple[str, ...]:
        """The columns in whose order the table is read."""
        return (self.cursor, *self.key) if self.cursor else self.key

    def query(self, table: sa.Table, state: State, rows: int) -> Any:
        """Return the select of the next page."""
        columns = [table.c[name] for name in self.order]
        query = sa.select(*selected(table, self.order)).order_by(*columns).limit(rows)
        if self.cursor:
            query = query.where(has_end(table.c[self.cursor]))
        if "after" in state:
            reached = [
                sa.cast(sa.literal(text), column.type)
                for text, column in zip(state["after"], columns, strict=True)
            ]
            return query.where(sa.tuple_(*columns) > sa.tuple_(*reached))
        if self.cursor and "newest" in state:
            start = sa.cast(sa.literal(state["newest"]), columns[0].type)
            if isinstance(columns[0].type, sa.DateTime | sa.Date):
                start = sa.cast(start - self.lag, columns[0].type)
            return query.where(columns[0] >= start)
        return query

    def take_new(self, page: pa.Table, state: State) -> pa.Table:
        """Return a page's rows that were not seen before; note how far it goes."""
        rows = page.select(list(self.order)).to_pylist()
        state["after"] = [_text(rows[-1][name]) for name in self.order]
        if self.cursor is None:
            return page
        newest = max(rows[-1][self.cursor], _like(rows[-1][self.cursor], state))
        state["newest"] = _text(newest)
        edge = newest - self.lag if isinstance(newest, date) else newest
        keys = [json.dumps([_text(row[name]) for name in self.key]) for row in rows]
        recent = [row[self.cursor] >= edge for row in rows]
        seen = state.get("seen", {})
        looked_at = [
            index for index, key in enumerate(keys) if recent[index] or key in seen
        ]
        now = {
            keys[index]: [_text(rows[index][self.cursor]), _digest(row)]
            for index, row in zip(
                looked_at, page.take(looked_at).to_pylist(), strict=True
            )
        }
        keep = [key not in now or seen.get(key) != now[key] for key in keys]
        remembered = {
            key: was for key, was in (seen | now).items() if _reaches(was[0], edge)
        }
        state["seen"] = remembered if len(remembered) <= MOST_REMEMBERED else {}
        return page.filter(pa.array(keep))


class KeysetLoader(TableLoader):
    """dlt's own loader of a table, in pages of a keyset.

    Attributes:
        keyset: In which order.
        rows_per_load: It stops after so many new rows.
        fit: Makes of a page what the resource yields.
    """

    keyset: Keyset
    rows_per_load: int
    fit: Fit

    def load_rows(self, backend_kwargs: dict[str, Any] | None = None) -> Iterator[Any]:
        """Yield pages as Arrow tables."""
        # a load of nothing new is a load too
        yield dlt.mark.materialize_table_schema()
        # the columns as they are: a type that changed is the contract's turn
        self.columns = table_to_columns(self.table, "full")
        for column in self.table.c:
            if is_json(column) or is_wide(column):
                self.columns[column.name] = {"name": column.name, "data_type": "text"}
        if self.keyset.key:
            yield from self._pages(backend_kwargs or {})
            return
        everything = sa.select(*selected(self.table, ()))
        for page in self._load_rows(everything, backend_kwargs or {}):
            yield from self.fit(page)

    def _pages(self, backend_kwargs: dict[str, Any]) -> Iterator[Any]:
        state, count = dlt.current.resource_state(), 0
        while True:
            query = self.keyset.query(self.table, state, self.chunk_size)
            pages = list(self._load_rows(query, backend_kwargs))
            page = pa.concat_tables(pages) if pages else None
            if page is None or page.num_rows == 0:
                break
            new = self.keyset.take_new(page, state)
            if new.num_rows:
                yield from self.fit(new)
                count += new.num_rows
            if page.num_rows < self.chunk_size:
                break
            if count >= self.rows_per_load:
                return
        state.pop("after", None)  # the round is over


def loader(keyset: Keyset, rows_per_load: int, fit: Fit) -> type[KeysetLoader]:
    """Return the loader that dlt makes for each table."""
    options = {
        "keyset": keyset,
        "rows_per_load": rows_per_load,
        "fit": staticmethod(fit),
    }
    return type("TableKeysetLoader", (KeysetLoader,), options)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"  # as PostgreSQL reads it
    return value.isoformat() if isinstance(value, date) else str(value)


def _like(value: Any, state: State) -> Any:
    """Return the newest cursor that is known, in the type of a value of it."""
    known = state.get("newest")
    if known is None:
        return value
    if isinstance(value, date):
        return type(value).fromisoformat(known)
    return type(value)(known)


def _reaches(changed: str, edge: Any) -> bool:
    if isinstance(edge, datetime | date):
        return bool(type(edge).fromisoformat(changed) >= edge)
    return bool(type(edge)(changed) >= edge)


def _digest(row: dict[str, Any]) -> str:
    content = json.dumps(row, default=str, sort_keys=True).encode()
    return hashlib.blake2b(content, digest_size=8).hexdigest()

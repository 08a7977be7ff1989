"""Deletes that a source does not tell of, noticed by comparing keys.

A row whose key the source no longer has gets the time in ``_deleted_at`` and stays. One
that comes back loses it. The comparison is guarded: a source that seems to have lost
most of its rows marks nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from cdp.settings import WORKSPACE_FILE, Settings
from ingestion.collapse import LARGEST_FALL, refuse_collapse
from ingestion.configured import kind_of
from ingestion.pipeline import TableLoad
from ingestion.sources.rest import section_of_kind
from ingestion.sources.spans import ALMOST, span
from ingestion.sources.sql_types import DELETED_AT

COMPARE_EVERY = "1d"

_DDL = """
create schema if not exists ledger;
create table if not exists ledger.key_comparisons (
    source varchar, table_name varchar, compared_at timestamp with time zone,
    known_count bigint, deleted_count bigint, returned_count bigint
);
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """A table whose rows are compared with the source by key.

    Attributes:
        source: Name of the source; its tables are in ``raw_<source>``.
        table: The table.
        key: Its columns that tell rows apart, by the warehouse's names.
        largest_fall: The share of its rows that may go at once.
        condition: Which of its rows the source would list.
    """

    source: str
    table: str
    key: Sequence[str]
    largest_fall: float = LARGEST_FALL
    condition: str = "true"

    @property
    def place(self) -> str:
        """Schema and table."""
        return f"raw_{self.source}.{self.table}"


IdLists = Mapping[Compared, Callable[[], Iterator[list[str]] | None]]
"""By table, what asks a tool for all ids; it returns None where they are hidden."""


def mark_when_due(
    settings: Settings,
    compared: Compared,
    every: timedelta | None,
    keys: Iterable[pa.Table],
    *,
    accept_collapse: bool,
) -> list[TableLoad]:
    """Mark as ``mark_deleted`` does, where it is time to compare the table again.

    Args:
        settings: The workspace.
        compared: Which table.
        every: How often it is compared; None for never.
        keys: As there; not asked for before it is time.
        accept_collapse: As there.
    """
    if every is None or not _is_due(settings, compared, every):
        return []
    return mark_deleted(settings, compared, keys, accept_collapse=accept_collapse)


def _is_due(settings: Settings, compared: Compared, every: timedelta) -> bool:
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute(_DDL)
        found = connection.execute(
            "select max(epoch(compared_at)) from ledger.key_comparisons"
            " where source = ? and table_name = ?",
            [compared.source, compared.table],
        ).fetchone()
    last = found[0] if found else None
    wait = every.total_seconds() * ALMOST
    return last is None or datetime.now(UTC).timestamp() - last >= wait


def notice_deletes(
    settings: Settings, name: str, module: Any, *, accept_collapse: bool = False
) -> list[TableLoad]:
    """Compare the tables of a source that are due; the caller holds the turn.

    Args:
        settings: The workspace.
        name: The source's key.
        module: Of its kind. Its ``id_lists`` says what lists all ids, its own
            ``notice_deletes`` compares other keys; it has neither where the source
            tells of its deletes.
        accept_collapse: Mark rows as deleted even if most have gone.

    Returns:
        How many rows of each table were marked as deleted.

    Raises:
        Misconfigured: ``compare`` is no span.
        Rejected: A table has lost more rows than may go; none of it was marked.
    """
    if hasattr(module, "id_lists"):
        kind = kind_of(settings, name)
        lists: IdLists = module.id_lists(settings)
        return _compare_listed(settings, kind, lists, accept_collapse=accept_collapse)
    if hasattr(module, "notice_deletes"):
        marked: list[TableLoad] = module.notice_deletes(
            settings, name, accept_collapse=accept_collapse
        )
        return marked
    return []


def _compare_listed(
    settings: Settings, kind: str, lists: IdLists, *, accept_collapse: bool
) -> list[TableLoad]:
    asked = str(section_of_kind(settings, kind).get("compare") or COMPARE_EVERY)
    if asked == "never":
        return []
    every = span(asked, f"{WORKSPACE_FILE}: sources.{kind}.compare")
    marked: list[TableLoad] = []
    for compared, list_ids in lists.items():
        if not _is_due(settings, compared, every) or (pages := list_ids()) is None:
            continue
        keys = (pa.table([pa.array(ids, pa.string())], ["key_0"]) for ids in pages)
        marked += mark_deleted(
            settings, compared, keys, accept_collapse=accept_collapse
        )
    return marked


def mark_deleted(
    settings: Settings,
    compared: Compared,
    keys: Iterable[pa.Table],
    *,
    accept_collapse: bool = False,
) -> list[TableLoad]:
    """Mark the rows that the source no longer has; the caller holds the turn.

    Args:
        settings: The workspace.
        compared: Which table.
        keys: All keys of the source: tables of columns in the order of the key.
        accept_collapse: Mark them even if most have gone.

    Returns:
        How many rows were marked; nothing where none was.

    Raises:
        Rejected: More rows than may have gone; none was marked.
    """
    started = time.monotonic()
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute(_DDL)
        connection.execute(f"create temp table source_keys ({_columns(compared)})")
        written = _written(connection, compared)
        for page in keys:
            connection.register("page", page)
            connection.execute(f"insert into source_keys select {written} from page")  # noqa: S608 - names that dlt made
            connection.unregister("page")
        known, gone = _counted(connection, compared)
        if not accept_collapse:
            refuse_collapse(
                compared.place, known, known - gone, largest_fall=compared.largest_fall
            )
        count = _mark(connection, compared, known)
    spent = time.monotonic() - started
    return [TableLoad(compared.place, count, spent)] if count else []


def _columns(compared: Compared) -> str:
    return ", ".join(f"key_{index} varchar" for index in range(len(compared.key)))


def _written(connection: duckdb.DuckDBPyConnection, compared: Compared) -> str:
    """Return the columns of a page of keys as the warehouse writes its own.

    A number, a time or a text that is filled up with blanks has many ways of writing.
    """
    names = ", ".join(f'"{name}"' for name in compared.key)
    held = connection.sql(f"select {names} from {compared.place} limit 0").types  # noqa: S608 - names that dlt made
    return ", ".join(
        f"coalesce(cast(try_cast(key_{index} as {kind}) as varchar),"
        f" cast(key_{index} as varchar))"
        for index, kind in enumerate(held)
    )


def _is_there(compared: Compared) -> str:
    matches = [
        f'cast(raw."{name}" as varchar) = source_keys.key_{index}'
        for index, name in enumerate(compared.key)
    ]
    return f"exists (select 1 from source_keys where {' and '.join(matches)})"  # noqa: S608 - names that dlt made


def _counted(
    connection: duckdb.DuckDBPyConnection, compared: Compared
) -> tuple[int, int]:
    found = connection.execute(
        f"select count(*), count(*) filter (not {_is_there(compared)})"  # noqa: S608 - names that dlt made
        f" from {compared.place} as raw"
        f" where raw.{DELETED_AT} is null and {compared.condition}"
    ).fetchone()
    return (int(found[0]), int(found[1])) if found else (0, 0)


def _mark(connection: duckdb.DuckDBPyConnection, compared: Compared, known: int) -> int:
    now, there = datetime.now(UTC), _is_there(compared)
    connection.execute("begin")
    marked = connection.execute(
        f"update {compared.place} as raw set {DELETED_AT} = ?"  # noqa: S608 - names that dlt made
        f" where raw.{DELETED_AT} is null and {compared.condition} and not {there}",
        [now],
    ).fetchone()
    returned = connection.execute(
        f"update {compared.place} as raw set {DELETED_AT} = null"  # noqa: S608 - names that dlt made
        f" where raw.{DELETED_AT} is not null and {there}"
    ).fetchone()
    counts = [int(each[0]) if each else 0 for each in (marked, returned)]
    connection.execute(
        "insert into ledger.key_comparisons values (?, ?, ?, ?, ?, ?)",
        [compared.source, compared.table, now, known, *counts],
    )
    connection.execute("commit")
    return counts[0]

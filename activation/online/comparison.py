"""What changed since the last publication, found inside the warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from activation.online.entries import Kind
from cdp.quoting import literal

_READ_ROWS = 5000


@dataclass(frozen=True, slots=True)
class Change:
    """What one kind of key needs.

    Attributes:
        kind: Which kind.
        file: Keys, hashes and values to write (Parquet).
        gone: Keys to delete.
        written_count: How many are in the file.
        unchanged_count: How many stay as they are.
    """

    kind: Kind
    file: Path
    gone: list[str]
    written_count: int
    unchanged_count: int

    def values(self) -> Iterator[tuple[str, bytes]]:
        """Yield keys with packed values; needs no warehouse."""
        if not self.written_count:
            return
        with duckdb.connect() as reader:
            reader.execute("set TimeZone = 'UTC'")
            found = reader.execute(
                "select * exclude (value_hash) from read_parquet(?)", [str(self.file)]
            )
            names = [column[0] for column in found.description or ()][1:]
            while rows := found.fetchmany(_READ_ROWS):
                for key, *values in rows:
                    row: dict[str, Any] = dict(zip(names, values, strict=True))
                    yield key, msgspec.msgpack.encode(self.kind.value_of(row))


def is_built(warehouse: duckdb.DuckDBPyConnection, kind: Kind) -> bool:
    """Return whether dbt has made what this kind reads."""
    rows = warehouse.execute(
        "select table_schema, table_name from information_schema.tables"
    ).fetchall()
    return set(kind.tables) <= set(rows)


_COUNT = "select (select count(*) from changed), (select count(*) from present)"


def compare(warehouse: duckdb.DuckDBPyConnection, kind: Kind, file: Path) -> Change:
    """Find what of this kind is new, changed or gone since the last publication.

    Args:
        warehouse: Has the tables of the kind and the ledger's.
        kind: Which kind.
        file: Receives what is to be written.
    """
    warehouse.execute(_hash_present(kind))
    warehouse.execute(_FIND_CHANGED, {"kind": kind.name})
    gone = warehouse.execute(_FIND_GONE, {"kind": kind.name}).fetchall()
    written, present = warehouse.execute(_COUNT).fetchone() or (0, 0)
    if written:
        warehouse.execute(_write(kind, file))
    return Change(kind, file, [key for (key,) in gone], written, present - written)


def _hash_present(kind: Kind) -> str:
    return f"""
        create or replace temporary table present as
        select entry.online_key, hash(entry) as value_hash
        from ({kind.query}) as entry
    """  # noqa: S608 - our own query


def _write(kind: Kind, file: Path) -> str:
    target = literal(str(file))
    return f"""
        copy (
            select
                entry.online_key, changed.value_hash, entry.* exclude (online_key)
            from ({kind.query}) as entry
            inner join changed on entry.online_key = changed.online_key
        ) to {target} (format parquet)
    """  # noqa: S608 - our own query


_FIND_CHANGED = """
    create or replace temporary table changed as
    select present.online_key, present.value_hash
    from present
    left join (select * from ledger.online_state where kind = $kind) as known
        on present.online_key = known.online_key
    where known.value_hash is distinct from present.value_hash
"""
_FIND_GONE = """
    select known.online_key
    from ledger.online_state as known
    where known.kind = $kind
        and not exists (
            select 1 from present where present.online_key = known.online_key
        )
"""


def remember(warehouse: duckdb.DuckDBPyConnection, change: Change) -> None:
    """Enter into the ledger what the store has now."""
    warehouse.execute(
        "delete from ledger.online_state where kind = $kind"
        " and online_key in (select unnest($gone))",
        {"kind": change.kind.name, "gone": change.gone},
    )
    if not change.written_count:
        return
    parameters = {"kind": change.kind.name, "file": str(change.file)}
    warehouse.execute(
        "delete from ledger.online_state where kind = $kind and online_key in"
        " (select online_key from read_parquet($file))",
        parameters,
    )
    warehouse.execute(
        "insert into ledger.online_state"
        " select $kind, online_key, value_hash from read_parquet($file)",
        parameters,
    )

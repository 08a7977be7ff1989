"""What a sync would send: the difference between a model and what was delivered.

Found inside the warehouse by a 64-bit hash per record over the mapped columns and the
mapping itself, so that only what changed leaves it, and a changed mapping sends all.
What is to be sent is kept in a file of its own: the warehouse is free again before the
first request.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from activation.exposures import Sync, quoted
from activation.values import plain
from cdp.errors import Misconfigured

_READ_ROWS = 2000
NO_KEY = "the key is empty"
TWICE = "several rows of the model have this key"


@dataclass(frozen=True, slots=True)
class Refused:
    """Rows that are not sent, because the model does not say one thing about them."""

    record_key: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Planned:
    """One record to send.

    Attributes:
        record_key: What the ledger knows it by.
        row_hash: Of its mapped columns.
        fields: Value by field of the destination.
    """

    record_key: str
    row_hash: int
    fields: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run of a sync would do.

    Attributes:
        sync: Which sync.
        created_count: Records that were never delivered.
        updated_count: Records that differ from what was delivered.
        unchanged_count: Records that are as delivered.
        gone_count: Delivered records that the model no longer has; nothing is sent.
        known_count: Records that have been delivered.
        refused: Rows that cannot be sent.
        file: What is to be sent (Parquet).
    """

    sync: Sync
    created_count: int
    updated_count: int
    unchanged_count: int
    gone_count: int
    known_count: int
    refused: tuple[Refused, ...]
    file: Path

    @property
    def sent_count(self) -> int:
        """Records that would be sent."""
        return self.created_count + self.updated_count

    @property
    def changed_share(self) -> float:
        """Of the delivered records, the share that changes or is gone; 0 to 1."""
        changed = self.updated_count + self.gone_count
        return changed / self.known_count if self.known_count else 0.0

    @property
    def needs_consent(self) -> bool:
        """Whether the sync's guard wants a person to say yes."""
        most = self.sync.meta.guards.max_changed_share
        return most is not None and self.changed_share > most

    def records(self, limit: int | None = None) -> Iterator[Planned]:
        """Yield what is to be sent; needs no warehouse."""
        if not self.sent_count:
            return
        names = list(self.sync.meta.mapping)
        most = self.sent_count if limit is None else limit
        with duckdb.connect() as reader:
            reader.execute("set TimeZone = 'UTC'")
            found = reader.execute(
                "select * from read_parquet(?) limit ?", [str(self.file), most]
            )
            while rows := found.fetchmany(_READ_ROWS):
                for key, row_hash, *values in rows:
                    fields = zip(names, map(plain, values), strict=True)
                    yield Planned(key, row_hash, dict(fields))


def make_plan(connection: duckdb.DuckDBPyConnection, sync: Sync, file: Path) -> Plan:
    """Compare a model with the ledger.

    Args:
        connection: The warehouse; the ledger's tables exist.
        sync: Which sync.
        file: Receives what is to be sent.

    Raises:
        Misconfigured: The model has not been built, or lacks a mapped column.
    """
    _check_columns(connection, sync)
    connection.execute(_compare(sync), {"sync": sync.name})
    counts = _row(connection, _COUNT)
    created, updated, unchanged, without_key = counts
    refused = [Refused(None, NO_KEY)] * without_key
    for key, new, changed in connection.execute(_FIND_DUPLICATES).fetchall():
        created, updated = created - new, updated - changed
        refused.append(Refused(key, TWICE))
    known, gone = _row(connection, _COUNT_KNOWN, {"sync": sync.name})
    if created + updated:
        _write_file(connection, sync, file)
    return Plan(sync, created, updated, unchanged, gone, known, tuple(refused), file)


def _compare(sync: Sync) -> str:
    columns = ", ".join(quoted(column) for column in sync.meta.mapping.values())
    # the mapping is hashed with the values: one that changes makes every record new
    mapping = msgspec.json.encode(list(sync.meta.mapping.items())).decode()
    literal = "'" + mapping.replace("'", "''") + "'"
    return f"""
        create or replace temporary table compared as
        select model.record_key, model.row_hash, known.row_hash as known_hash
        from (
            select
                cast({quoted(sync.meta.key)} as varchar) as record_key,
                hash({literal}, {columns}) as row_hash
            from {sync.relation}
        ) as model
        left join (
            select record_key, row_hash from ledger.sync_state where sync_name = $sync
        ) as known on model.record_key = known.record_key
    """  # noqa: S608 - names are quoted


_COUNT = """
    select
        count(*) filter (record_key is not null and known_hash is null),
        count(*) filter (known_hash <> row_hash),
        count(*) filter (known_hash = row_hash),
        count(*) filter (record_key is null)
    from compared
"""
# only keys of which a row changed: equal rows of a key that is known do no harm
_FIND_DUPLICATES = """
    create or replace temporary table repeated as
    select
        record_key,
        count(*) filter (known_hash is null) as new_count,
        count(*) filter (known_hash <> row_hash) as changed_count
    from compared
    where record_key in (
        select record_key from compared where known_hash is distinct from row_hash
    )
    group by record_key
    having count(*) > 1;
    from repeated order by record_key
"""
_COUNT_KNOWN = """
    select
        count(*),
        count(*) filter (record_key not in (
            select record_key from compared where known_hash is not null
        ))
    from ledger.sync_state
    where sync_name = $sync
"""


def _write_file(connection: duckdb.DuckDBPyConnection, sync: Sync, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    columns = ", ".join(
        f"model.{quoted(column)} as field_{number}"
        for number, column in enumerate(sync.meta.mapping.values())
    )
    target = "'" + str(file).replace("'", "''") + "'"
    connection.execute(
        f"""
        copy (
            select changed.record_key, changed.row_hash, {columns}
            from {sync.relation} as model
            inner join (
                select record_key, row_hash
                from compared
                where known_hash is distinct from row_hash
                    and record_key is not null
                    and record_key not in (select record_key from repeated)
            ) as changed
                on cast(model.{quoted(sync.meta.key)} as varchar) = changed.record_key
        ) to {target} (format parquet)
        """  # noqa: S608 - names are quoted
    )


def _check_columns(connection: duckdb.DuckDBPyConnection, sync: Sync) -> None:
    rows = connection.execute(
        "select column_name from information_schema.columns"
        " where table_schema = ? and table_name = ?",
        [sync.schema, sync.table],
    ).fetchall()
    known = {str(row[0]) for row in rows}
    if not known:
        raise Misconfigured(
            "the model has not been built",
            place=f"sync {sync.name}: {sync.schema}.{sync.table}",
            fix="Run `dbt build` first",
        )
    missing = {sync.meta.key, *sync.meta.mapping.values()} - known
    if missing:
        raise Misconfigured(
            f"the model has no column {', '.join(sorted(missing))}",
            place=f"exposure {sync.name}: config.meta.sync",
            fix="Map columns that the model has",
        )


def _row(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    parameters: dict[str, str] | None = None,
) -> tuple[int, ...]:
    found = connection.execute(query, parameters or {}).fetchone()
    assert found is not None  # noqa: S101 - an aggregate has one row
    return tuple(int(value) for value in found)

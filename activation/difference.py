"""The difference between a model and what was delivered, found inside the warehouse.

By a 64-bit hash per record over the mapped columns and the mapping itself: only what
changed leaves the warehouse, and a changed mapping sends everything.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import msgspec

from activation.exposures import Sync, quoted
from activation.plan import NO_KEY, TWICE, Plan, Refused
from cdp.errors import Misconfigured


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
    created, updated, unchanged, without_key = _row(connection, _COUNT)
    refused = [Refused(None, NO_KEY)] * without_key
    for key, new, changed in connection.execute(_FIND_DUPLICATES).fetchall():
        created, updated = created - new, updated - changed
        refused.append(Refused(key, TWICE))
    known, gone = _count_known(connection, sync)
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
_SAME_KEYS = """
    select
        known.key_count,
        known.key_count = found.key_count and known.digest is not distinct from
            found.digest
    from
        (
            select count(*) as key_count, bit_xor(hash(record_key)) as digest
            from ledger.sync_state
            where sync_name = $sync
        ) as known,
        (
            select count(*) as key_count, bit_xor(hash(record_key)) as digest
            from compared
            where known_hash is not null
        ) as found
"""
_COUNT_GONE = """
    select count(*)
    from ledger.sync_state
    where sync_name = $sync
        and record_key not in (
            select record_key from compared where known_hash is not null
        )
"""


def _count_known(connection: duckdb.DuckDBPyConnection, sync: Sync) -> tuple[int, int]:
    """Return how many records were delivered, and how many of them are gone."""
    # nearly always nothing is: a digest of the keys tells that without a join
    known, is_same = _row(connection, _SAME_KEYS, {"sync": sync.name})
    if is_same:
        return known, 0
    (gone,) = _row(connection, _COUNT_GONE, {"sync": sync.name})
    return known, gone


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

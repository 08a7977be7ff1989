"""The difference between a sync's rows and what was delivered.

One scan computes a 64-bit hash a row over key, mapped columns and the mapping itself;
a row whose hash was delivered is unchanged, and only the others are looked at again.
That a changed row happens to have the hash of some delivered version has a chance of
one in 2^64 / (records delivered).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import numpy as np

from activation.exposures import Sync, quoted
from activation.plan import Fingerprints, Plan, Planned, json_columns, planned_of
from activation.syncs.columns import row_hash, selected, types_of
from activation.syncs.decision import decide, write_file
from activation.syncs.equal import leave_equal
from activation.syncs.known import (
    Hashes,
    hashes_of,
    moved_and_vanished,
    read_known,
    seal_of,
)
from activation.syncs.leaving import keep_shared
from activation.syncs.scan import Scan, find_gone, refuse_unclear, table_of
from activation.syncs.sieve import sieve
from activation.syncs.source import STAGED_ROWS, stage_rows
from cdp.settings import Settings

# fewer records, or a larger part of them, are held against what was delivered
_MANY = 1_000_000
_FEW = 50


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a sync's rows are read, as SQL writes it.

    Attributes:
        relation: The table, called ``model`` by the others.
        columns: Of it: those that are mapped.
        row_hash: Of a row.
    """

    relation: str
    columns: tuple[str, ...]
    row_hash: str


def make_plan(
    connection: duckdb.DuckDBPyConnection,
    sync: Sync,
    file: Path,
    settings: Settings,
    *,
    is_run: bool = False,
) -> Plan:
    """Compare a sync's rows with the ledger.

    Args:
        connection: The warehouse; the ledger's tables exist.
        sync: Which sync.
        file: Receives what is to be sent.
        settings: The workspace.
        is_run: Nobody looks at it: where a fiftieth of a million records changed, it
            is not read what was delivered of them, and all of them are sent.

    Raises:
        Misconfigured: The model has not been built, or lacks a mapped column.
        Unavailable: Another database that is read does not answer.
    """
    file.unlink(missing_ok=True)
    relation = stage_rows(connection, sync, settings)
    reading = _Reading(
        relation,
        selected(connection, sync, relation),
        row_hash(sync, types_of(connection, relation)),
    )
    hashes = _hashes(connection, reading)
    known = read_known(connection, sync.name)
    seal = seal_of(known)
    scan = Scan(hashes, *moved_and_vanished(hashes, known), seal)
    _fetch_moved(connection, sync, reading, scan)
    is_lean = is_run and _reads_few(sync, seal.count)
    _compare_moved(connection, sync, seal.count if is_lean else 0)
    refused = refuse_unclear(connection, scan)
    gone = find_gone(connection, sync, scan)
    counts = decide(connection, sync)
    equal = leave_equal(connection, sync)
    counts["create" if sync.meta.mode == "append" else "update"] -= equal
    if counts["delete"] and gone:
        shared = keep_shared(connection, sync)
        counts["delete"] -= shared
        counts["forget"] += shared
    if any(counts[one] for one in ("create", "update", "delete", "forget")):
        write_file(connection, file)
    return Plan(
        sync=sync,
        fingerprints=_fingerprints(sync, scan),
        created_count=counts["create"],
        updated_count=counts["update"],
        deleted_count=counts["delete"],
        unchanged_count=scan.unchanged_count + equal,
        gone_count=gone,
        left_count=counts["left"],
        known_count=seal.count,
        row_count=len(hashes),
        refused=tuple(refused),
        file=file,
    )


def _hashes(connection: duckdb.DuckDBPyConnection, reading: _Reading) -> Hashes:
    # into a table with all threads, then out of it: a result is fetched by one
    connection.execute(
        "create or replace temporary table hashes_of_rows as"  # noqa: S608
        f" select {reading.row_hash} as row_hash from {reading.relation} as model"
    )
    found = hashes_of(connection.execute("from hashes_of_rows"))
    connection.execute("drop table hashes_of_rows")
    return found


def row_of(
    connection: duckdb.DuckDBPyConnection, sync: Sync, key: str
) -> Planned | None:
    """Return one row of a sync's source, whether or not it would be sent.

    Args:
        connection: The warehouse in which a plan of the sync has just been made.
        sync: Which sync.
        key: Of the row.
    """
    listed = "".join(f", {one}" for one in selected(connection, sync, STAGED_ROWS))
    hashed = row_hash(sync, types_of(connection, STAGED_ROWS))
    found = connection.execute(
        f"""
        select
            if(known.record_key is null, 'create', 'update'),
            cast(model.{quoted(sync.meta.key)} as varchar), {hashed},
            known.fields{listed}
        from {STAGED_ROWS} as model
        left join (select * from ledger.sync_state where sync_name = $sync) as known
            on known.record_key = $key
        where cast(model.{quoted(sync.meta.key)} as varchar) = $key
        limit 1
        """,  # noqa: S608 - names are quoted
        {"sync": sync.name, "key": key},
    )
    structured = json_columns(found)
    row = found.fetchone()
    return None if row is None else planned_of(sync.fields.columns, structured, *row)


def mapping_fingerprint(sync: Sync) -> str:
    """Return a fingerprint of all that a sync's declaration says."""
    meta = msgspec.json.encode([msgspec.to_builtins(sync.meta), sync.query])
    return hashlib.sha256(meta).hexdigest()[:32]


def _fingerprints(sync: Sync, scan: Scan) -> Fingerprints:
    ledger = f"{scan.seal.count}-{scan.seal.digest:016x}"
    return Fingerprints(scan.data, mapping_fingerprint(sync), ledger)


def _fetch_moved(
    connection: duckdb.DuckDBPyConnection, sync: Sync, reading: _Reading, scan: Scan
) -> None:
    """Read the rows that were not delivered as they are, by their place."""
    places, relation = scan.moved, reading.relation
    beyond = f"select 1 from {relation} where rowid >= {len(scan.hashes)} limit 1"  # noqa: S608
    if connection.execute(beyond).fetchone():
        # rows have been deleted: place and rowid differ
        numbers: Any = connection.execute(
            f"select rowid as row_id from {relation}"  # noqa: S608
        ).fetchnumpy()
        places = np.asarray(numbers["row_id"])[scan.moved]
    columns = [
        f", {column} as field_{number}" for number, column in enumerate(reading.columns)
    ]
    key = f"cast(model.{quoted(sync.meta.key)} as varchar)"
    connection.register("moved", table_of(row_id=places))
    connection.execute(
        f"""
        create or replace temporary table moved_rows as
        select
            if(trim({key}) = '', null, {key}) as record_key,
            {reading.row_hash} as row_hash{"".join(columns)}
        from {relation} as model
        where {sieve(connection, "places", "rowid", places)}
            and rowid in (select row_id from moved)
        """,  # noqa: S608 - names are quoted
    )
    connection.unregister("moved")


_DELIVERED = """
    create or replace temporary table delivered as
    select record_key, row_hash, {fields} as fields
    from ledger.sync_state
    where sync_name = $sync
        and record_key in (select record_key from moved_rows)
"""
_COMPARE = """
    create or replace temporary table compared as
    select
        moved_rows.record_key, moved_rows.row_hash, delivered.row_hash as known_hash,
        delivered.fields as before,
        moved_rows.* exclude (record_key, row_hash)
    from moved_rows
    left join delivered on moved_rows.record_key = delivered.record_key
"""


def _compare_moved(
    connection: duckdb.DuckDBPyConnection, sync: Sync, known_count: int
) -> None:
    """Put what was delivered beside the rows that differ."""
    wanted = {"sync": sync.name}
    connection.execute(_DELIVERED.format(fields="cast(null as varchar)"), wanted)
    row = connection.execute("select count(*) from delivered").fetchone()
    if row and row[0] * _FEW >= known_count:
        connection.execute(_DELIVERED.format(fields="fields"), wanted)
    connection.execute(_COMPARE)


def _reads_few(sync: Sync, known_count: int) -> bool:
    """Whether a run may do without the fields of the few that changed among many.

    They are most of what the ledger holds, and a column is read as a whole.
    """
    rules = [one for one in sync.meta.mapping.values() if not isinstance(one, str)]
    is_plain = all(rule.write == "overwrite" for rule in rules)
    return known_count > _MANY and sync.meta.mode != "mirror" and is_plain

"""The difference between a sync's rows and what was delivered.

One scan computes a 64-bit hash a row over key, mapped columns and the mapping itself;
a row whose hash was delivered is unchanged, and only the others are looked at again.
That a changed row happens to have the hash of some delivered version has a chance of
one in 2^64 / (records delivered).
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import msgspec

from activation.destinations.registry import holds_only_ours
from activation.exposures import Sync
from activation.plan import Fingerprints, Plan, Planned, json_columns, planned_of
from activation.syncs.columns import row_hash, selected, types_of
from activation.syncs.decision import decide, write_file
from activation.syncs.equal import leave_equal
from activation.syncs.known import (
    Pieces,
    at_places,
    hashes_of,
    moved_and_vanished,
    read_known,
    versions_of,
)
from activation.syncs.leaving import keep_shared
from activation.syncs.left import count_asked, count_present, stage_left
from activation.syncs.moved import Reading, compare_moved, fetch_moved, reads_few
from activation.syncs.scan import Scan, find_gone, refuse_unclear
from activation.syncs.source import STAGED_ROWS, stage_rows
from cdp.quoting import quoted
from cdp.settings import Settings


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
    left = stage_left(connection, sync)
    scan = _scan(connection, sync, _reading(connection, sync, settings), left)
    is_lean = is_run and reads_few(sync, scan)
    compare_moved(connection, sync, scan, is_lean=is_lean)
    refused = refuse_unclear(connection, scan)
    gone = find_gone(connection, sync)
    is_ours = holds_only_ours(settings, sync.meta.destination)
    counts, equal = _decided(connection, sync, is_ours=is_ours, has_gone=gone > 0)
    waiting = count_present(left, scan.vanished)
    deletions = counts["delete"] + counts["forget"]
    if counts["create"] or counts["update"] or deletions:
        write_file(connection, file, has_deletions=deletions > 0)
    return Plan(
        sync=sync,
        fingerprints=_fingerprints(sync, scan),
        created_count=counts["create"],
        updated_count=counts["update"],
        deleted_count=counts["delete"],
        asked_count=0 if is_ours else count_asked(connection, sync),
        unchanged_count=len(scan.rows) - len(scan.moved) + equal - waiting,
        gone_count=gone,
        left_count=counts["left"] + waiting,
        known_count=scan.known.count - sum(map(len, left)),
        row_count=len(scan.rows),
        refused=tuple(refused),
        file=file,
    )


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


def _reading(
    connection: duckdb.DuckDBPyConnection, sync: Sync, settings: Settings
) -> Reading:
    relation = stage_rows(connection, sync, settings)
    return Reading(
        relation,
        selected(connection, sync, relation),
        row_hash(sync, types_of(connection, relation)),
    )


def _decided(
    connection: duckdb.DuckDBPyConnection, sync: Sync, *, is_ours: bool, has_gone: bool
) -> tuple[dict[str, int], int]:
    """Return records by what is done with them, and how many updates change nothing."""
    counts = decide(connection, sync, is_ours=is_ours)
    equal = leave_equal(connection, sync)
    counts["create" if sync.meta.mode == "append" else "update"] -= equal
    # a receiver that is told our own key takes no two records for one
    is_told_key = is_ours and not sync.meta.external_id_field
    if counts["delete"] and has_gone and not is_told_key:
        shared = keep_shared(connection, sync)
        counts["delete"] -= shared
        counts["forget"] += shared
    return counts, equal


def _scan(
    connection: duckdb.DuckDBPyConnection, sync: Sync, reading: Reading, left: Pieces
) -> Scan:
    (hashes,) = hashes_of(
        connection,
        f"select {reading.row_hash} from {reading.relation} as model",  # noqa: S608
    )
    with ThreadPoolExecutor(1) as pool:  # one side is added up, the other one read
        adding = pool.submit(versions_of, *hashes)
        delivered, keys = read_known(connection, sync.name)
        known = versions_of(*delivered, *left)
    rows = adding.result()
    moved, vanished = moved_and_vanished(rows, known)
    of_vanished = at_places(known.pieces, vanished), at_places(keys, vanished)
    scan = Scan(rows, moved, *of_vanished, known.seal)
    fetch_moved(connection, sync, reading, scan)
    return scan


def _fingerprints(sync: Sync, scan: Scan) -> Fingerprints:
    return Fingerprints(str(scan.rows.seal), mapping_fingerprint(sync), str(scan.known))

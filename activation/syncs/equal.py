"""Records that differ in their hash, and not in what the tool has of them.

A mapping that was changed, a column of another type, an engine that hashes in another
way: each makes every row look changed. What is sent is what the tool would notice.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator

import duckdb
import pyarrow as pa

from activation.exposures import Sync
from activation.plan import Planned, json_columns, planned_of
from activation.syncs.bodies import changes_between
from activation.syncs.mapping import FieldMapping
from cdp.errors import Rejected

_READ_ROWS = 2000


def leave_equal(connection: duckdb.DuckDBPyConnection, sync: Sync) -> int:
    """Take updates that would change nothing out of ``decided``; return their number.

    They go into ``equal_records``, a temporary table, for ``settle_equal``. An
    ``append`` goes by the same rule.

    Args:
        connection: Has ``decided`` and ``decided_records``, both temporary.
        sync: Which sync.
    """
    mapping = sync.fields
    places = array("q")
    for place, planned in _updates(connection, sync):
        if _is_equal(planned, mapping):
            places.append(place)
    connection.execute(
        "create or replace temporary table equal_records"
        " (record_key varchar, row_hash ubigint)"
    )
    if places:
        connection.register("equal_places", pa.table({"place": pa.array(places)}))
        connection.execute(
            "insert into equal_records select record_key, row_hash from decided"
            " where place in (select place from equal_places)"
        )
        connection.execute(
            "delete from decided where place in (select place from equal_places)"
        )
        connection.unregister("equal_places")
    return len(places)


def settle_equal(connection: duckdb.DuckDBPyConnection, sync: Sync) -> None:
    """Let the ledger know the present hash of records that the tool has as they are.

    Args:
        connection: The warehouse in which a plan of the sync has just been made.
        sync: Which sync.
    """
    connection.execute(
        "update ledger.sync_state as state set row_hash = equal_records.row_hash"
        " from equal_records where state.sync_name = $sync"
        " and state.record_key = equal_records.record_key",
        {"sync": sync.name},
    )


def _updates(
    connection: duckdb.DuckDBPyConnection, sync: Sync
) -> Iterator[tuple[int, Planned]]:
    columns = sync.fields.columns
    found = connection.execute(
        "select * from decided_records"
        " where before is not null and action in ('update', 'create')"
    )
    structured = json_columns(found)
    while rows := found.fetchmany(_READ_ROWS):
        for *row, place in rows:
            yield place, planned_of(columns, structured, *row)


def _is_equal(planned: Planned, mapping: FieldMapping) -> bool:
    assert planned.before is not None  # noqa: S101 - the query has looked
    try:
        record = mapping.record(planned.row, planned.before)
    except Rejected:
        return False
    return not changes_between(planned.before, {**planned.before, **record})

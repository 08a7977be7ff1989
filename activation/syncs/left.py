"""Records that a mode let be: the tool lacks them, or has them already.

``update_only`` asks again for what the tool lacks after ``ask_again_hours``, and when
the row changes; what ``insert`` has found in the tool is never asked for again.
"""

from __future__ import annotations

import duckdb
import numpy as np

from activation.exposures import Sync
from activation.syncs.known import Hashes, Pieces, hashes_of

_STAGE = """
create or replace temporary table left_records as
select record_key, row_hash
from ledger.sync_left
where sync_name = $sync and mode = $mode and matched_by = $matched_by
    and (
        $mode <> 'update_only'
        or left_at > now() - to_milliseconds(cast($hours * 3600000 as bigint))
    )
"""
_REASON = """
select reason from ledger.sync_left
where sync_name = $sync and mode = $mode and matched_by = $matched_by
    and record_key = $key
"""


def stage_left(connection: duckdb.DuckDBPyConnection, sync: Sync) -> Pieces:
    """Collect what the tool need not be asked for now; return the rows' hashes.

    It is in ``left_records``, a temporary table.
    """
    wanted = {**_place(sync), "hours": sync.meta.ask_again_hours}
    connection.execute(_STAGE, wanted)
    (left,) = hashes_of(connection, "select row_hash from left_records")
    return left


def count_present(left: Pieces, vanished: Hashes) -> int:
    """Return how many of the rows that were left are there as they were."""
    return sum(len(some) - int(np.isin(some, vanished).sum()) for some in left)


def count_asked(connection: duckdb.DuckDBPyConnection, sync: Sync) -> int:
    """Return how many records the tool is asked for that this sync has not delivered.

    Args:
        connection: Has ``compared`` and ``left_records``, as temporary tables.
        sync: Which sync.
    """
    if sync.meta.mode not in ("update_only", "insert"):
        return 0
    row = connection.execute(
        "select count(*) from compared where known_hash is null or"
        " ($mode = 'update_only'"
        " and record_key in (select record_key from left_records))",
        {"mode": sync.meta.mode},
    ).fetchone()
    return int(row[0]) if row else 0


def reason_left(connection: duckdb.DuckDBPyConnection, sync: Sync, key: str) -> str:
    """Return why a record was left when it was last asked for; empty if it was not."""
    row = connection.execute(_REASON, {**_place(sync), "key": key}).fetchone()
    return str(row[0] or "") if row else ""


def _place(sync: Sync) -> dict[str, str]:
    meta = sync.meta
    return {"sync": sync.name, "mode": meta.mode, "matched_by": meta.external_id_field}

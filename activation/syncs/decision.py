"""What a sync's mode does with each record that differs."""

from __future__ import annotations

from pathlib import Path

import duckdb

from activation.exposures import Sync
from cdp.quoting import literal

# what is done with a record that differs: one that the ledger knows, one that is new
_ACTIONS = {
    "upsert": ("'update'", "'create'"),
    "mirror": ("'update'", "'create'"),
    "insert": ("'left'", "'create'"),
    "append": ("'create'", "'create'"),
    "delete": ("'left'", "'delete'"),
    # the tool says whether it has what is new
    "update_only": ("'update'", "'update'"),
}
# there is only what syncs have delivered, whichever of them it was
_OURS = "if(record_key in (from known_elsewhere), 'update', 'left')"
# the fields are read once, when it is clear what is sent
_VIEW = """
create or replace temporary view decided_records as
select
    decided.* exclude (place), moved_rows.* exclude (record_key, key_hash, row_hash),
    decided.place
from decided
left join moved_rows on decided.place = moved_rows.rowid
"""
_GONE = {"mirror": "delete", "delete": "forget"}


def decide(
    connection: duckdb.DuckDBPyConnection, sync: Sync, *, is_ours: bool
) -> dict[str, int]:
    """Choose an action for every record of ``compared`` and ``gone``; count them.

    Args:
        connection: Has both and ``moved_rows``, as temporary tables. With their
            fields the records are in ``decided_records``, a temporary view.
        sync: Which sync.
        is_ours: Whether the tool holds nothing but what syncs have delivered.
    """
    mode = sync.meta.mode
    known, unknown = _ACTIONS[mode]
    if mode == "update_only" and is_ours:
        _find_elsewhere(connection, sync)
        unknown = _OURS
    gone = _GONE.get(mode, "")
    connection.execute(
        f"""
        create or replace temporary table decided as
        select
            if(known_hash is null, {unknown}, {known}) as action,
            record_key, row_hash, before, place
        from compared
        """  # noqa: S608 - constants
    )
    connection.execute(_VIEW)
    if gone:
        connection.execute(
            "insert into decided by name select ? as action, record_key, row_hash,"
            " before from gone",
            [gone],
        )
    counts = dict.fromkeys(("create", "update", "delete", "forget", "left"), 0)
    rows = connection.execute("select action, count(*) from decided group by all")
    return counts | {str(action): int(count) for action, count in rows.fetchall()}


def _find_elsewhere(connection: duckdb.DuckDBPyConnection, sync: Sync) -> None:
    connection.execute(
        """
        create or replace temporary table known_elsewhere as
        select state.record_key
        from ledger.sync_state as state
        inner join ledger.sync_objects as objects using (sync_name)
        where objects.destination = $destination and objects.object_name = $object
            and state.record_key in (select record_key from compared)
        """,
        {"destination": sync.meta.destination, "object": sync.meta.object},
    )


def write_file(
    connection: duckdb.DuckDBPyConnection, file: Path, *, has_deletions: bool
) -> None:
    """Write what is to be sent; deletions last, as they cannot be taken back."""
    file.parent.mkdir(parents=True, exist_ok=True)
    order = "order by action in ('delete', 'forget')" if has_deletions else ""
    connection.execute(
        "copy (select * exclude (place) from decided_records"  # noqa: S608
        f" where action <> 'left' {order})"
        f" to {literal(str(file))} (format parquet)"
    )
    file.chmod(0o600)

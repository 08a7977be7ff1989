"""What one scan of a sync's rows has found, and what is odd about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from activation.exposures import Sync
from activation.plan import NO_KEY, TWICE, Refused
from activation.syncs.known import Hashes, Places, Seal, Versions


@dataclass(frozen=True, slots=True)
class Scan:
    """What one scan has found.

    Attributes:
        rows: Hashes of all of them.
        moved: Places of those that were not delivered as they are.
        vanished: Hashes of delivered versions that no row has.
        vanished_keys: Hashes of the keys of their records; versions that were left,
            which are no deliveries, come behind them.
        known: Seal of all that was delivered.
    """

    rows: Versions
    moved: Places
    vanished: Hashes
    vanished_keys: Hashes
    known: Seal


def table_of(**columns: npt.NDArray[Any]) -> pa.Table:
    """Return columns of numbers as a table that DuckDB can read."""
    return pa.table({name: pa.array(values) for name, values in columns.items()})


def refuse_unclear(connection: duckdb.DuckDBPyConnection, scan: Scan) -> list[Refused]:
    """Take rows without a key, and rows that share one, out of ``compared``.

    Args:
        connection: Has it, as a temporary table.
        scan: What the scan has found.
    """
    # they are not gone from the source: no mirror deletes them
    connection.execute(
        "create or replace temporary table refused_keys (record_key varchar)"
    )
    still_there = _versions_still_there(connection, scan)
    row = connection.execute(
        "select count(record_key), count(distinct record_key), count(*) from compared"
    ).fetchone()
    if row is not None and len(set(row)) == 1 and not len(still_there):
        return []  # nearly always
    without = connection.execute(
        "delete from compared where record_key is null returning 1"
    ).fetchall()
    connection.register("still_there", table_of(known_hash=still_there))
    connection.execute(
        """
        insert into refused_keys
        select record_key from compared group by record_key having count(*) > 1
        union
        select record_key from compared
        where known_hash in (select known_hash from still_there)
        """
    )
    connection.unregister("still_there")
    connection.execute("delete from compared where record_key in (from refused_keys)")
    keys = connection.execute("from refused_keys order by all").fetchall()
    return [Refused(None, NO_KEY)] * len(without) + [
        Refused(str(key), TWICE) for (key,) in keys
    ]


def _versions_still_there(connection: duckdb.DuckDBPyConnection, scan: Scan) -> Hashes:
    """Return the delivered versions of changed records that a row still has.

    Equal rows of a key that is known do no harm; a changed one beside them does.
    """
    found: Any = connection.execute(
        "select known_hash from compared where known_hash is not null"
    ).fetchnumpy()
    known = np.asarray(found["known_hash"], np.uint64)
    return known[~np.isin(known, scan.vanished)]


def find_gone(connection: duckdb.DuckDBPyConnection, sync: Sync) -> int:
    """Collect delivered records that the rows no longer have; return their number.

    They are in ``gone``, a temporary table.

    Args:
        connection: Has ``delivered``, with all versions that no row has any more, and
            ``moved_rows``.
        sync: Which sync.
    """
    connection.execute(
        "create or replace temporary table gone"
        " (record_key varchar, row_hash ubigint, before varchar)"
    )
    connection.execute(
        "create or replace temporary table lost as select delivered.* from delivered"
        " anti join moved_rows on delivered.key_hash = moved_rows.key_hash"
    )
    if not count(connection, "lost"):  # nearly always: then no key need be read
        return 0
    connection.execute(
        """
        insert into gone
        select state.record_key, lost.row_hash, lost.fields
        from ledger.sync_state as state
        inner join lost on state.row_hash = lost.row_hash
        where state.sync_name = $sync
        """,
        {"sync": sync.name},
    )
    return count(connection, "gone")


def count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Return the number of rows of a table."""
    row = connection.execute(f"select count(*) from {table}").fetchone()  # noqa: S608
    return int(row[0]) if row else 0

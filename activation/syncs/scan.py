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
from activation.syncs.known import Hashes, Seal, digest_of, fingerprint_of, seal_of


@dataclass(frozen=True, slots=True)
class Scan:
    """What one scan has found.

    Attributes:
        hashes: Of every row, in the order of the rows.
        moved: Places of those that were not delivered as they are.
        vanished: Hashes of delivered versions that no row has.
        seal: Of all that was delivered.
    """

    hashes: Hashes
    moved: npt.NDArray[np.int64]
    vanished: Hashes
    seal: Seal

    @property
    def data(self) -> str:
        """Fingerprint of all rows, in whatever order."""
        return fingerprint_of(seal_of(self.hashes))

    @property
    def unchanged_count(self) -> int:
        """Rows that were delivered as they are."""
        return len(self.hashes) - len(self.moved)

    @property
    def unchanged_digest(self) -> int:
        """Of the hashes of these rows."""
        return digest_of(self.hashes) ^ digest_of(self.hashes[self.moved])


def table_of(**columns: npt.NDArray[Any]) -> pa.Table:
    """Return columns of numbers as a table that DuckDB can read."""
    return pa.table({name: pa.array(values) for name, values in columns.items()})


def refuse_unclear(connection: duckdb.DuckDBPyConnection, scan: Scan) -> list[Refused]:
    """Take rows without a key, and rows that share one, out of ``compared``.

    Args:
        connection: Has it, as a temporary table.
        scan: What the scan has found.
    """
    without = connection.execute(
        "delete from compared where record_key is null returning 1"
    ).fetchall()
    connection.execute(
        "create or replace temporary table still_there as select known_hash"
        " from compared where known_hash is not null"
    )
    found: Any = connection.execute("from still_there").fetchnumpy()
    old = np.unique(np.asarray(found["known_hash"], np.uint64))
    # equal rows of a key that is known do no harm; a changed one beside them does
    both = old[np.isin(old, scan.hashes)] if _may_repeat(scan, old) else old[:0]
    connection.register("old_ones", table_of(known_hash=both))
    repeated = connection.execute(
        """
        delete from compared where record_key in (
            select record_key from compared group by record_key having count(*) > 1
            union
            select record_key from compared
            where known_hash in (select known_hash from old_ones)
        ) returning record_key
        """
    ).fetchall()
    connection.unregister("old_ones")
    keys = sorted({str(key) for (key,) in repeated})
    # they are not gone from the source: no mirror deletes them
    connection.execute(
        "create or replace temporary table refused_keys (record_key varchar)"
    )
    connection.register("repeated", pa.table({"key": pa.array(keys, pa.string())}))
    connection.execute("insert into refused_keys from repeated")
    connection.unregister("repeated")
    return [Refused(None, NO_KEY)] * len(without) + [
        Refused(key, TWICE) for key in keys
    ]


def _may_repeat(scan: Scan, old: Hashes) -> bool:
    """Say whether the old version of a changed record may still be in the rows.

    Where the unchanged rows are all that was delivered but the old versions of what
    has changed, it is not; counting and a digest tell that without a search.
    """
    if len(old) == 0:
        return False
    count = scan.seal.count - len(old)
    digest = scan.seal.digest ^ digest_of(old)
    return (scan.unchanged_count, scan.unchanged_digest) != (count, digest)


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

"""The rows that were not delivered as they are, beside what was delivered of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np

from activation.exposures import Sync
from activation.ledger import KEY_HASH
from activation.syncs.scan import Scan, count, table_of
from activation.syncs.sieve import SIEVE_BITS, sieve
from cdp.quoting import quoted

# fewer records, or a larger part of them, are held against what was delivered
_MANY = 1_000_000
_FEW = 50


@dataclass(frozen=True, slots=True)
class Reading:
    """How a sync's rows are read, as SQL writes it.

    Attributes:
        relation: The table, called ``model`` by the others.
        columns: Of it: those that are mapped.
        row_hash: Of a row.
    """

    relation: str
    columns: tuple[str, ...]
    row_hash: str


def fetch_moved(
    connection: duckdb.DuckDBPyConnection, sync: Sync, reading: Reading, scan: Scan
) -> None:
    """Read the rows that were not delivered as they are, by their place."""
    places, relation, count = scan.moved, reading.relation, len(scan.rows)
    beyond = f"select 1 from {relation} where rowid >= {count} limit 1"  # noqa: S608
    if connection.execute(beyond).fetchone():
        # rows have been deleted: place and rowid differ
        numbers: Any = connection.execute(
            f"select rowid as row_id from {relation}"  # noqa: S608
        ).fetchnumpy()
        places = np.asarray(numbers["row_id"])[scan.moved]
    columns = [
        f", {column} as field_{number}" for number, column in enumerate(reading.columns)
    ]
    text = f"cast(model.{quoted(sync.meta.key)} as varchar)"
    key = f"if(trim({text}) = '', null, {text})"
    # of texts that are packed only those of the rows that are left are unpacked
    shift = max(0, count.bit_length() - SIEVE_BITS)
    wanted = sieve(
        connection, "places", f"rowid >> {shift}", np.unique(places >> shift)
    )
    connection.register("moved", table_of(row_id=places))
    connection.execute(
        f"""
        create or replace temporary table moved_rows as
        select
            {key} as record_key, {KEY_HASH.format(key)} as key_hash,
            {reading.row_hash} as row_hash{"".join(columns)}
        from {relation} as model
        where rowid in (select row_id from moved) and {wanted}
        """,  # noqa: S608 - names are quoted
    )
    connection.unregister("moved")


_DELIVERED_ALONE = """
    create or replace temporary table delivered as
    select key_hash, row_hash, cast(null as varchar) as fields from vanished
"""
_DELIVERED = """
    create or replace temporary table delivered as
    select vanished.key_hash, vanished.row_hash, state.fields
    from ledger.sync_state as state
    inner join vanished on state.row_hash = vanished.row_hash
    where state.sync_name = $sync and {wanted}
"""
_DELIVERED_BY_KEY = """
    insert into delivered
    select key_hash, row_hash, {fields} as fields
    from ledger.sync_state
    where sync_name = $sync and key_hash in (select key_hash from unfound)
"""
_COMPARE = """
    create or replace temporary table compared as
    select
        moved_rows.rowid as place, moved_rows.record_key, moved_rows.row_hash,
        delivered.row_hash as known_hash, delivered.fields as before
    from moved_rows
    left join delivered on moved_rows.key_hash = delivered.key_hash
"""
# what was left is no delivery: it is neither gone nor known with its fields
_LEFT = f"""
    insert into delivered
    select {KEY_HASH.format("record_key")}, row_hash, null from left_records
    where record_key in (select record_key from moved_rows)
"""  # noqa: S608 - a constant
_UNFOUND = """
    create or replace temporary table unfound as
    select moved_rows.key_hash from moved_rows
    anti join delivered on moved_rows.key_hash = delivered.key_hash
    where moved_rows.key_hash is not null
"""


def compare_moved(
    connection: duckdb.DuckDBPyConnection, sync: Sync, scan: Scan, *, is_lean: bool
) -> None:
    """Put what was delivered beside the rows that differ.

    Versions that no row has any more are found by their hash. By key is only looked
    for what is left: new records, and second rows of a record whose delivered version
    is there as well. Both are numbers: the ledger's keys, which are texts, are not
    read.
    """
    is_delivered = slice(len(scan.vanished_keys))
    versions = table_of(
        key_hash=scan.vanished_keys, row_hash=scan.vanished[is_delivered]
    )
    connection.register("vanished", versions)
    if is_lean:
        connection.execute(_DELIVERED_ALONE)
    else:
        wanted = sieve(connection, "versions", "state.row_hash", scan.vanished)
        connection.execute(_DELIVERED.format(wanted=wanted), {"sync": sync.name})
    connection.unregister("vanished")
    connection.execute(_LEFT)
    connection.execute(_UNFOUND)
    if scan.known.count and count(connection, "unfound"):
        fields = "null" if is_lean else "fields"
        connection.execute(_DELIVERED_BY_KEY.format(fields=fields), {"sync": sync.name})
    connection.execute(_COMPARE)


def reads_few(sync: Sync, scan: Scan) -> bool:
    """Whether a run may do without the fields of the few that changed among many.

    They are most of what the ledger holds, and a column is read as a whole.
    """
    rules = [one for one in sync.meta.mapping.values() if not isinstance(one, str)]
    is_plain = all(rule.write == "overwrite" for rule in rules)
    known_count = scan.known.count
    are_few = known_count > _MANY and len(scan.vanished) * _FEW < known_count
    return are_few and sync.meta.mode != "mirror" and is_plain

"""Which versions of records were delivered, and which of them are there no more.

Nearly all rows are as they were delivered. So both sides are first added up in a
million classes, by the leading bits of their hashes; only classes whose sums differ are
looked into: they are added up by the next bits, and what is left is compared. Changes
that leave the sum of their class as it was go unnoticed, by a chance of one in 2^63.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from activation.syncs.decision import literal

Hashes = npt.NDArray[np.uint64]
# what is worked on stays in the cache of a core
_CHUNK, _LOOKED_UP = 1 << 15, 1 << 17
# the first 20 bits are the class: sums of so many stay in the cache of a core
_CLASSES = 1 << 20
_SHIFT, _NEXT = np.uint64(44), np.uint64(20)
_ONE = np.uint64(1)


@dataclass(frozen=True, slots=True)
class Seal:
    """What tells two sets of hashes apart.

    Attributes:
        count: How many.
        digest: All of them, combined by exclusive or.
        total: Their sum. A changed mapping changes all hashes by the same bits, which
            an even number of records does not show in the digest.
    """

    count: int
    digest: int
    total: int


def digest_of(hashes: Hashes) -> int:
    """Return all hashes combined by exclusive or."""
    return int(np.bitwise_xor.reduce(hashes)) if len(hashes) else 0


def total_of(hashes: Hashes) -> int:
    """Return the sum of all hashes; beyond 64 bits it begins anew."""
    return int(np.add.reduce(hashes)) if len(hashes) else 0


def seal_of(hashes: Hashes) -> Seal:
    """Return what tells these hashes from others."""
    return Seal(len(hashes), digest_of(hashes), total_of(hashes))


def fingerprint_of(seal: Seal) -> str:
    """Return a seal as it is kept in a plan."""
    return f"{seal.count}-{seal.digest:016x}-{seal.total:016x}"


def read_known(connection: duckdb.DuckDBPyConnection, sync_name: str) -> Hashes:
    """Return the hashes of the delivered versions of a sync's records."""
    return hashes_of(
        connection,
        "select row_hash from ledger.sync_state"  # noqa: S608 - a literal
        f" where sync_name = {literal(sync_name)}",
    )


def hashes_of(connection: duckdb.DuckDBPyConnection, query: str) -> Hashes:
    """Return the only column of a plain select, in the order of its rows."""
    # of `sql`, and without parameters, all threads write into Arrow's memory
    column: Any = connection.sql(query).to_arrow_table().column(0)
    return np.asarray(column.to_numpy(), np.uint64)


def moved_and_vanished(
    rows: Hashes, known: Hashes
) -> tuple[npt.NDArray[np.int64], Hashes]:
    """Compare the rows there are with the versions that were delivered.

    Returns:
        The places in ``rows`` of those that were not delivered, in order, and the
        hashes of delivered versions that no row has, ascending.
    """
    moved, vanished = _where_sums_differ(rows, known)
    again, gone_again = _where_sums_differ(
        _by_next_bits(rows[moved]), _by_next_bits(known[vanished])
    )
    moved, vanished = moved[again], vanished[gone_again]
    new, gone = np.sort(rows[moved]), np.sort(known[vanished])
    # both in order, each place is found beside the one before
    new, gone = new[_not_among(new, gone)], gone[_not_among(gone, new)]
    return moved[~_not_among(rows[moved], new)], gone


def _where_sums_differ(
    rows: Hashes, known: Hashes
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    differs = _sums(rows) != _sums(known)
    with ThreadPoolExecutor(2) as pool:  # finding places, unlike adding, takes no turns
        of_rows = pool.submit(_places, rows, differs)
        of_known = pool.submit(_places, known, differs)
        return of_rows.result(), of_known.result()


def _by_next_bits(hashes: Hashes) -> Hashes:
    """Return hashes turned so that the bits behind those of the class come first."""
    return (hashes << _NEXT) | (hashes >> _SHIFT)


def _not_among(hashes: Hashes, ordered: Hashes) -> npt.NDArray[np.bool_]:
    if not len(ordered):
        return np.ones(len(hashes), np.bool_)
    places = np.minimum(np.searchsorted(ordered, hashes), len(ordered) - 1)
    differs: npt.NDArray[np.bool_] = ordered[places] != hashes
    return differs


def _classes(hashes: Hashes) -> npt.NDArray[np.int64]:
    return (hashes >> _SHIFT).view(np.int64)


def _sums(hashes: Hashes) -> Hashes:
    sums = np.zeros(_CLASSES, np.uint64)
    for start in range(0, len(hashes), _CHUNK):
        some = hashes[start : start + _CHUNK]
        # the class has the first bit; the last one lets a hash of 0 count
        weights = (some << _ONE) | _ONE
        np.add.at(sums, _classes(some), weights)  # beyond 64 bits they begin anew
    return sums


def _places(hashes: Hashes, differs: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return the places of the hashes in classes that differ."""
    found = [np.empty(0, np.int64)]
    for start in range(0, len(hashes), _LOOKED_UP):
        classes = _classes(hashes[start : start + _LOOKED_UP])
        found.append(np.flatnonzero(differs[classes]) + start)
    return np.concatenate(found)

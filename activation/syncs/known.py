"""Which versions of records were delivered, and which of them are there no more.

Nearly all rows are as they were delivered. So both sides are first added up in a
million classes, by the leading bits of their hashes; only classes whose sums differ are
looked into: they are added up by the next bits, and what is left is compared. Changes
that leave the sum of their class as it was go unnoticed, by a chance of one in 2^63.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from cdp.quoting import literal

Hashes = npt.NDArray[np.uint64]
Pieces = tuple[Hashes, ...]
Places = npt.NDArray[np.int64]
Differs = npt.NDArray[np.bool_]
# what is worked on stays in the cache of a core; memory for so small a batch is there
# again when the next one is read, and new memory takes longer than reading
_CHUNK, _BATCH = 1 << 15, 1 << 16
# the first 20 bits are the class: sums of so many stay in the cache of a core
_CLASS_BITS = 20
_SHIFT = np.uint64(64 - _CLASS_BITS)
_ONE = np.uint64(1)


@dataclass(frozen=True, slots=True)
class Seal:
    """What tells two sets of hashes apart.

    Attributes:
        count: How many.
        total: What they add up to. Exclusive or would not do: a changed mapping
            changes all hashes by the same bits, which an even number does not show.
    """

    count: int
    total: int

    def __str__(self) -> str:
        """Return it as it is kept in a plan."""
        return f"{self.count}-{self.total:016x}"


@dataclass(frozen=True, slots=True)
class Versions:
    """Hashes, in the order of their rows, and what those of each class add up to.

    Attributes:
        pieces: In which they were read; put together, they would be copied.
        sums: By class.
    """

    pieces: Pieces
    sums: Hashes

    def __len__(self) -> int:
        """Return how many they are."""
        return sum(map(len, self.pieces))

    @property
    def seal(self) -> Seal:
        """What tells them from others."""
        return Seal(len(self), int(np.add.reduce(self.sums)))

    def where(self, differs: Differs) -> tuple[Places, Hashes]:
        """Return the places of the hashes in classes that differ, and these hashes."""
        places, found = [np.empty(0, np.int64)], [np.empty(0, np.uint64)]
        for start, some in _cut(self.pieces, _BATCH):
            # no class is out of bounds: not to look saves a sixth
            here = np.flatnonzero(differs.take(_classes(some), mode="wrap"))
            places.append(here + start)
            found.append(some[here])
        return np.concatenate(places), np.concatenate(found)


def versions_of(*pieces: Hashes) -> Versions:
    """Add up hashes."""
    sums = np.zeros(1 << _CLASS_BITS, np.uint64)
    for _, some in _cut(pieces, _CHUNK):  # beyond 64 bits they begin anew
        # the class has the first bit; the last one lets a hash of 0 count
        np.add.at(sums, _classes(some), (some << _ONE) | _ONE)
    return Versions(pieces, sums)


def read_known(
    connection: duckdb.DuckDBPyConnection, sync_name: str
) -> tuple[Pieces, Pieces]:
    """Return the hashes of a sync's records: of what was delivered, and of the keys."""
    rows, keys = hashes_of(
        connection,
        "select row_hash, key_hash from ledger.sync_state"  # noqa: S608 - a literal
        f" where sync_name = {literal(sync_name)}",
    )
    return rows, keys


def hashes_of(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Pieces, ...]:
    """Return the columns of a plain select, in the order of its rows."""
    # of `sql`, and without parameters, all threads write into Arrow's memory
    table: Any = connection.sql(query).to_arrow_table(_BATCH)
    return tuple(
        tuple(np.asarray(piece, np.uint64) for piece in column.iterchunks())
        for column in table.columns
    )


def at_places(pieces: Pieces, places: Places) -> Hashes:
    """Return the hashes at these places, which are in order; none beyond the last."""
    found, before = [np.empty(0, np.uint64)], 0
    for piece in pieces:
        end = before + len(piece)
        first, last = np.searchsorted(places, (before, end))
        found.append(piece[places[first:last] - before])
        before = end
    return np.concatenate(found)


def moved_and_vanished(rows: Versions, known: Versions) -> tuple[Places, Places]:
    """Compare the rows there are with the versions that were delivered.

    Returns:
        The places in ``rows`` of those that were not delivered, and the places in
        ``known`` of versions that no row has, both in order.
    """
    (moved, new), (vanished, gone) = _where_sums_differ(rows, known)
    turned = versions_of(_turned(new)), versions_of(_turned(gone))
    (again, new), (gone_again, gone) = _where_sums_differ(*turned)
    return (
        moved[again][_not_among(new, gone)],
        vanished[gone_again][_not_among(gone, new)],
    )


def _where_sums_differ(
    rows: Versions, known: Versions
) -> tuple[tuple[Places, Hashes], tuple[Places, Hashes]]:
    differs = rows.sums != known.sums
    with ThreadPoolExecutor(1) as pool:  # finding places, unlike adding, takes no turns
        of_known = pool.submit(known.where, differs)
        return rows.where(differs), of_known.result()


def _turned(hashes: Hashes) -> Hashes:
    """Return hashes with their first bits at the end: the next tell their class."""
    return (hashes << np.uint64(_CLASS_BITS)) | (hashes >> _SHIFT)


def _not_among(hashes: Hashes, others: Hashes) -> Differs:
    differs = np.ones(len(hashes), np.bool_)
    if len(others):
        # both in order, each place is found beside the one before
        order, others = np.argsort(hashes), np.sort(others)
        ordered = hashes[order]
        places = np.minimum(np.searchsorted(others, ordered), len(others) - 1)
        differs[order] = others[places] != ordered
    return differs


def _cut(pieces: Pieces, size: int) -> Iterator[tuple[int, Hashes]]:
    """Yield hashes, a size of them at most, each with the place of the first."""
    before = 0
    for piece in pieces:
        for start in range(0, len(piece), size):
            yield before + start, piece[start : start + size]
        before += len(piece)


def _classes(hashes: Hashes) -> npt.NDArray[np.int64]:
    return (hashes >> _SHIFT).view(np.int64)

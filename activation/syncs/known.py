"""Which versions of records were delivered: one probe a row, without a join.

The hashes of all delivered versions stand in an open-addressing table of 64-bit words
in a file that is mapped into memory. It is made from the ledger and holds nothing that
the ledger does not: where its seal does not fit the ledger, it is made again.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
_CHUNK = 1 << 14  # what is worked on stays in the cache of a core
_HEADER = 2  # words of the seal at the end of the file
_STATE = "from ledger.sync_state where sync_name = $sync"


@dataclass(frozen=True, slots=True)
class Seal:
    """What tells two sets of hashes apart.

    Attributes:
        count: How many.
        digest: All of them, combined by exclusive or.
    """

    count: int
    digest: int


def seal_of(connection: duckdb.DuckDBPyConnection, sync_name: str) -> Seal:
    """Return the seal of what the ledger says was delivered."""
    row = connection.execute(
        f"select count(*), coalesce(bit_xor(row_hash), 0) {_STATE}",
        {"sync": sync_name},
    ).fetchone()
    assert row is not None  # noqa: S101 - an aggregate has one row
    return Seal(int(row[0]), int(row[1]))


def digest_of(hashes: Hashes) -> int:
    """Return all hashes combined by exclusive or."""
    return int(np.bitwise_xor.reduce(hashes)) if len(hashes) else 0


class KnownVersions:
    """The delivered versions of one sync's records.

    Args:
        table: Slots; 0 is an empty one, so a version whose hash is 0 counts as never
            delivered. Their number is a power of two.
    """

    def __init__(self, table: Hashes) -> None:
        self._table = table
        self._last = len(table) - 1

    def missing(self, hashes: Hashes) -> npt.NDArray[np.int64]:
        """Return the places in ``hashes`` of those that were not delivered."""

        def missing_from(start: int) -> npt.NDArray[np.int64]:
            return self._missing(hashes[start : start + _CHUNK]) + start

        # numpy lets go of the interpreter while it looks words up
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            found = list(pool.map(missing_from, range(0, len(hashes), _CHUNK)))
        return np.concatenate(found) if found else np.empty(0, np.int64)

    def _missing(self, hashes: Hashes) -> npt.NDArray[np.int64]:
        places = np.arange(len(hashes))
        slots = (hashes & np.uint64(self._last)).astype(np.int64)
        missing = []
        while len(hashes):
            there = self._table[slots]
            is_empty = there == 0
            missing.append(places[is_empty])
            goes_on = (there != hashes) & ~is_empty
            hashes, places = hashes[goes_on], places[goes_on]
            slots = (slots[goes_on] + 1) & self._last
        # in the order of the rows: what is sent follows the model's order
        return np.sort(np.concatenate(missing)) if missing else places


def open_known(
    connection: duckdb.DuckDBPyConnection, sync_name: str, file: Path
) -> tuple[KnownVersions, Seal]:
    """Return the delivered versions, from the file where it fits the ledger.

    Args:
        connection: The warehouse.
        sync_name: Which sync.
        file: Where the table is kept between runs.
    """
    seal = seal_of(connection, sync_name)
    table = _read(file, seal)
    if table is None:
        found: Any = connection.execute(
            f"select row_hash {_STATE}",
            {"sync": sync_name},
        ).fetchnumpy()
        table = build_table(np.asarray(found["row_hash"], np.uint64))
        _write(file, table, seal)
    return KnownVersions(table), seal


def build_table(hashes: Hashes) -> Hashes:
    """Return a table with these hashes; at most half of it is full."""
    size = 1 << max(4, int(2 * len(hashes)).bit_length())
    table = np.zeros(size, np.uint64)
    slots = (hashes & np.uint64(size - 1)).astype(np.int64)
    while len(hashes):
        is_free = table[slots] == 0
        # of several that want one slot the last one gets it; the others go on
        table[slots[is_free]] = hashes[is_free]
        goes_on = table[slots] != hashes
        hashes, slots = hashes[goes_on], (slots[goes_on] + 1) & (size - 1)
    return table


def _read(file: Path, seal: Seal) -> Hashes | None:
    try:
        words = np.memmap(file, np.uint64, mode="r")
    except (OSError, ValueError):
        return None
    size = len(words) - _HEADER
    if size < 1 or size & (size - 1):
        return None
    fits = (int(words[size]), int(words[size + 1])) == (seal.count, seal.digest)
    return np.asarray(words[:size]) if fits else None


def _write(file: Path, table: Hashes, seal: Seal) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    with new.open("wb") as handle:
        table.tofile(handle)
        np.array([seal.count, seal.digest], np.uint64).tofile(handle)
    new.replace(file)

"""Which versions of records were delivered: one probe a row, without a join.

The hashes of all delivered versions stand in an open-addressing table of 64-bit words,
made from the ledger for each plan: sorted they are laid into it in one pass.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
_CHUNK = 1 << 14  # what is worked on stays in the cache of a core
_FEWEST_BITS = 4


@dataclass(frozen=True, slots=True)
class Seal:
    """What tells two sets of hashes apart.

    Attributes:
        count: How many.
        digest: All of them, combined by exclusive or.
    """

    count: int
    digest: int


def digest_of(hashes: Hashes) -> int:
    """Return all hashes combined by exclusive or."""
    return int(np.bitwise_xor.reduce(hashes)) if len(hashes) else 0


class KnownVersions:
    """The delivered versions of one sync's records.

    Args:
        hashes: Of them, in any order. 0 stands for nothing: a version with this hash
            counts as never delivered.
    """

    def __init__(self, hashes: Hashes) -> None:
        bits = max(_FEWEST_BITS, int(2 * len(hashes)).bit_length())
        self._shift = np.uint64(64 - bits)
        ordered = np.sort(hashes)
        numbers = np.arange(len(ordered))
        # a word goes to its slot, or to the place after its predecessor's
        places = (ordered >> self._shift).astype(np.int64)
        places -= numbers
        np.maximum.accumulate(places, out=places)
        places += numbers
        last = int(places[-1]) if len(places) else 0
        # at most half of it is full, and the last place is empty: every search ends
        self._table = np.zeros(max(1 << bits, last + 1) + 1, np.uint64)
        self._table[places] = ordered

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
        slots = (hashes >> self._shift).astype(np.int64)
        missing = []
        while len(hashes):
            there = self._table[slots]
            is_empty = there == 0
            missing.append(places[is_empty])
            goes_on = (there != hashes) & ~is_empty
            hashes, places = hashes[goes_on], places[goes_on]
            slots = slots[goes_on] + 1
        # in the order of the rows: what is sent follows the model's order
        return np.sort(np.concatenate(missing)) if missing else places


def read_known(
    connection: duckdb.DuckDBPyConnection, sync_name: str
) -> tuple[KnownVersions, Seal]:
    """Return the delivered versions by the ledger, and what tells them apart."""
    found: Any = connection.execute(
        "select row_hash from ledger.sync_state where sync_name = $sync",
        {"sync": sync_name},
    ).fetchnumpy()
    hashes = np.asarray(found["row_hash"], np.uint64)
    return KnownVersions(hashes), Seal(len(hashes), digest_of(hashes))

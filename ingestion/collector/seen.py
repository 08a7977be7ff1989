"""Message ids that came lately: the window in which a second copy is not written.

The ids themselves are not kept but 128 bits of them: two hashes of 64 bits whose key is
drawn anew by each process (Python's SipHash). Two different ids that look the same
would cost an event; among 4 million remembered ids and 10^12 that come, the chance of
one such pair is 10^-20 (4e6 * 1e12 / 2^128). An id takes 32 to 64 bytes.

Time is divided into four spans, each with a table of fixed size; when a span is over or
its table is full the oldest is forgotten. So memory is bounded: an id is remembered for
the hours that are asked for, or until three quarters of the ids that may be remembered
have come after it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ingestion.event_log import Segment, segments

_SPANS = 4
_LEAST_SLOTS = 1024
_SALT = "\0"  # makes the second hash another one
_LINE_START = b'{"messageId":"'  # of every event that the collector has written
_AT_ONCE = 50_000
_PROBED = np.arange(4)
_Keys = npt.NDArray[np.uint64]


class Fresh:
    """Which of some ids are new, and their keys.

    Attributes:
        places: Indices of the new ones, of each id the first.
    """

    __slots__ = ("_keys", "places")

    def __init__(self, places: Sequence[int], keys: tuple[_Keys, _Keys]) -> None:
        self.places = places
        self._keys = keys

    @property
    def keys(self) -> tuple[_Keys, _Keys]:
        """Both hashes of the new ones."""
        return self._keys


class SeenIds:
    """The window. Used by one thread at a time.

    Args:
        hours: How long an id is remembered.
        ids: How many are remembered at most.
        clock: Seconds that only grow.

    Attributes:
        most: How many are remembered at most.
    """

    def __init__(
        self, hours: float, ids: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.most = ids
        self._span_seconds = hours * 3600 / (_SPANS - 1)
        slots = _LEAST_SLOTS
        while slots * _SPANS < 2 * ids:  # at most half full: probes stay short
            slots *= 2
        self._slots, self._span_ids = slots, max(1, ids // _SPANS)
        self._first = np.zeros(slots * _SPANS, np.uint64)  # 0 is an empty slot
        self._second = np.zeros(slots * _SPANS, np.uint64)
        self._counts = [0] * _SPANS
        self._span, self._clock = 0, clock
        self._span_ends_at = clock() + self._span_seconds

    def __len__(self) -> int:
        """Return how many ids are remembered."""
        return sum(self._counts)

    def look(self, ids: Sequence[str]) -> Fresh:
        """Say which ids are new; nothing is remembered yet."""
        places: Sequence[int] = range(len(ids))
        if len(set(ids)) < len(ids):
            first = {name: place for place, name in reversed(list(enumerate(ids)))}
            places = sorted(first.values())
            ids = [ids[place] for place in places]
        first_keys, second_keys = _keys(ids)
        known = self._known(first_keys, second_keys)
        if not known.any():
            return Fresh(places, (first_keys, second_keys))
        new = ~known
        left = [place for place, is_new in zip(places, new, strict=True) if is_new]
        return Fresh(left, (first_keys[new], second_keys[new]))

    def remember(self, fresh: Fresh) -> None:
        """Remember ids that ``look`` found new, once they are on disk."""
        first, second = fresh.keys
        for start in range(0, len(first), self._span_ids):
            part = slice(start, start + self._span_ids)
            self._turn(len(first[part]))
            self._insert(first[part], second[part])

    def _turn(self, coming: int) -> None:
        """Begin a new span where this one is over or has no room for what comes."""
        now = self._clock()
        is_over = now >= self._span_ends_at
        if not is_over and self._counts[self._span] + coming <= self._span_ids:
            return
        self._span = (self._span + 1) % _SPANS
        start = self._span * self._slots
        self._first[start : start + self._slots] = 0
        self._counts[self._span] = 0
        self._span_ends_at = now + self._span_seconds

    def _known(self, first: _Keys, second: _Keys) -> npt.NDArray[np.bool_]:
        """Probe all tables at once, some slots at a time, up to an empty slot."""
        known = np.zeros(len(first), np.bool_)
        used = [span for span in range(_SPANS) if self._counts[span]]
        asked = np.tile(np.arange(len(first)), len(used))
        base = np.repeat(np.array(used, np.int64) * self._slots, len(first))
        step = self._home(second)[asked]
        while len(asked):
            slots = (step[:, None] + _PROBED) & (self._slots - 1)
            at = base[:, None] + slots
            there = self._first[at]
            same = there == first[asked, None]
            if same.any():
                same &= self._second[at] == second[asked, None]
                known[asked[same.any(axis=1)]] = True
            going = there.all(axis=1)  # no empty slot yet
            asked, base, step = asked[going], base[going], step[going] + len(_PROBED)
        return known

    def _insert(self, first: _Keys, second: _Keys) -> None:
        self._counts[self._span] += len(first)
        base = self._span * self._slots
        step = self._home(second)
        while len(first):
            at = base + step
            empty = self._first[at] == 0
            # Where two want one slot, numpy lets the last one have it in both arrays.
            self._first[at[empty]] = first[empty]
            self._second[at[empty]] = second[empty]
            going = (self._first[at] != first) | (self._second[at] != second)
            first, second = first[going], second[going]
            step = (step[going] + 1) & (self._slots - 1)

    def _home(self, second: _Keys) -> npt.NDArray[np.int64]:
        home: Any = second & np.uint64(self._slots - 1)
        return home.astype(np.int64)  # type: ignore[no-any-return]


def _keys(ids: Sequence[str]) -> tuple[_Keys, _Keys]:
    first = np.array([hash(name) for name in ids], np.int64).view(np.uint64)
    second = np.array([hash(name + _SALT) for name in ids], np.int64).view(np.uint64)
    return np.maximum(first, np.uint64(1)), second


def restore(seen: SeenIds, folder: Path, partition: str, hours: float) -> None:
    """Remember what a worker has written lately, so that a restart forgets nothing.

    Args:
        seen: An empty window.
        folder: The event log's folder.
        partition: The worker's own; its log is open, so that its lines are on disk.
        hours: A file of the log that has not grown for so long is not read.
    """
    since = time.time() - hours * 3600
    mine = [
        each for each in segments(folder, "accepted") if each.partition == partition
    ]
    taken: list[Segment] = []
    count = 0
    for segment in reversed(mine):
        if count >= seen.most or segment.path.stat().st_mtime < since:
            break
        count += segment.path.read_bytes().count(b"\n")
        taken.append(segment)
    for segment in reversed(taken):
        found = _ids(segment.path.read_bytes())
        for start in range(0, len(found), _AT_ONCE):
            seen.remember(seen.look(found[start : start + _AT_ONCE]))


def _ids(content: bytes) -> list[str]:
    """Return the ids of lines; one that is written with an escape is left out."""
    start = len(_LINE_START)
    found = [
        line[start : line.find(b'"', start)]
        for line in content.split(b"\n")
        if line.startswith(_LINE_START)
    ]
    return [name.decode() for name in found if b"\\" not in name]

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

import mmap
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path

from ingestion.event_log import Segment, segments

_SPANS = 4
_LEAST_SLOTS = 1024
_SLOT_BYTES = 16
_SALT = "\0"  # makes the second hash another one
_LINE_START = b'{"messageId":"'  # of every event that the collector has written
_AT_ONCE = 50_000

# Both hashes of an id. The first is never 0, which is an empty slot.
Key = tuple[int, int]


class _Span:
    """One table with open addressing: both hashes of slot n stand at 2n and 2n + 1.

    Args:
        slots: Twice as many as there will be ids, and a power of two.
    """

    __slots__ = ("count", "mask", "table")

    def __init__(self, slots: int) -> None:
        # Memory of the system's own is empty, and taken only as it is used.
        self.table = memoryview(mmap.mmap(-1, slots * _SLOT_BYTES)).cast("q")
        self.mask = 2 * slots - 2
        self.count = 0

    def add(self, keys: Iterable[Key]) -> int:
        """Add ids that are not there and return how many they were."""
        table, mask, before = self.table, self.mask, self.count
        for first, second in keys:
            at = second & mask
            while table[at]:
                at = (at + 2) & mask
            table[at] = first
            table[at + 1] = second
            self.count += 1
        return self.count - before


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
        self._span_ids = max(1, ids // _SPANS)
        self._slots = _LEAST_SLOTS
        while self._slots < 2 * self._span_ids:  # at most half full: probes stay short
            self._slots *= 2
        self._clock = clock
        self._spans = [_Span(self._slots)]  # the newest first
        self._ends_at = clock() + self._span_seconds

    def __len__(self) -> int:
        """Return how many ids are remembered."""
        return sum(span.count for span in self._spans)

    def look(self, ids: Sequence[str]) -> dict[int, Key]:
        """Return which ids are new, of each the first, as place and key.

        Nothing is remembered yet.
        """
        tables, mask = [span.table for span in self._spans], self._spans[0].mask
        new: dict[int, Key] = {}
        places: Iterable[int] = range(len(ids))
        if len(set(ids)) < len(ids):
            first_places = {name: place for place, name in reversed([*enumerate(ids)])}
            places = sorted(first_places.values())
        for place in places:
            name = ids[place]
            first, second = hash(name) or 1, hash(name + _SALT)
            for table in tables:  # probe as _Span.add does
                at = second & mask
                while (there := table[at]) and (
                    there != first or table[at + 1] != second
                ):
                    at = (at + 2) & mask
                if there:
                    break
            else:
                new[place] = (first, second)
        return new

    def remember(self, new: Mapping[int, Key]) -> None:
        """Remember ids that ``look`` found new, once they are on disk."""
        keys = iter(new.values())
        self._turn_if_over()
        while True:
            newest = self._spans[0]
            room = self._span_ids - newest.count
            if newest.add(islice(keys, room)) < room:
                return
            self._turn()

    def _turn_if_over(self) -> None:
        if self._clock() >= self._ends_at:
            self._turn()

    def _turn(self) -> None:
        self._spans = [_Span(self._slots), *self._spans[: _SPANS - 1]]
        self._ends_at = self._clock() + self._span_seconds


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

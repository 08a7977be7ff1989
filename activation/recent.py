"""Finding events again in the log: the last ones, or those of a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from pathlib import Path
from typing import Any

import msgspec

from activation.shape import name_of
from ingestion.log_segments import read_partition, segments

ACCEPTED = "accepted"
_TAIL_BYTES = 2 * 1024 * 1024
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class _Head(msgspec.Struct, frozen=True, rename="camel"):
    type: str = ""
    event: str = ""
    source_id: str = ""
    message_id: str = ""
    received_at: str = ""


_head_of = msgspec.json.Decoder(_Head).decode


@dataclass(frozen=True, slots=True)
class Choice:
    """Which events of the log are meant.

    Attributes:
        events: Names in the plan, or types; all where it is empty.
        sources: Keys of ``headwater.yml``; all where it is empty.
        message_ids: Only these; all where it is empty.
        since: Arrived then or later, UTC.
        until: Arrived before then, UTC.
    """

    events: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    message_ids: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None

    def has(self, line: bytes) -> bool:
        """Say whether a line of the log is meant; it reads only the line's head."""
        head = _head_of(line)
        return (
            (not self.events or (head.event or head.type) in self.events)
            and (not self.sources or head.source_id in self.sources)
            and (not self.message_ids or head.message_id in self.message_ids)
            and self._is_in_time(head.received_at)
        )

    def _is_in_time(self, received_at: str) -> bool:
        if self.since is None and self.until is None:
            return True
        moment = datetime.fromisoformat(received_at)
        return (self.since is None or moment >= self.since) and (
            self.until is None or moment < self.until
        )


def chosen_lines(log_dir: Path, choice: Choice) -> Iterator[tuple[str, int, bytes]]:
    """Yield partition, offset after, and line of the events that are meant.

    A partition's in its order, and between partitions the earlier arrival first.
    """

    def lines(partition: str) -> Iterator[tuple[str, int, bytes]]:
        for offset, line in read_partition(log_dir, ACCEPTED, partition):
            if choice.has(line):
                yield partition, offset, line

    names = sorted({one.partition for one in segments(log_dir, ACCEPTED)})
    if len(names) == 1:
        return lines(names[0])
    return merge(*map(lines, names), key=lambda one: _head_of(one[2]).received_at)


def last_events(log_dir: Path, choice: Choice, count: int) -> list[dict[str, Any]]:
    """Return the last events that are meant, in the order of their arrival.

    Looks at the end of each partition first, and further back only where it must.
    """
    reach = _TAIL_BYTES
    while True:
        found, is_whole = _last_within(log_dir, choice, count, reach)
        if len(found) >= count or is_whole:
            found.sort(key=lambda event: str(event.get("receivedAt")))
            return found[-count:]
        reach *= 8


def _last_within(
    log_dir: Path, choice: Choice, count: int, reach: int
) -> tuple[list[dict[str, Any]], bool]:
    found: list[dict[str, Any]] = []
    is_whole = True
    ends: dict[str, int] = {}
    for segment in segments(log_dir, ACCEPTED):
        ends[segment.partition] = segment.end_offset
    for partition, end in ends.items():
        start = max(0, end - reach)
        is_whole = is_whole and start == 0
        lines = read_partition(log_dir, ACCEPTED, partition, start)
        if start:
            next(lines, None)  # it begins in the middle of a line
        meant = deque((line for _, line in lines if choice.has(line)), maxlen=count)
        found += [_decode(line) for line in meant]
    return found, is_whole


def title_of(event: dict[str, Any]) -> str:
    """Return one line that says which event it is, without who it is of."""
    return (
        f"{event.get('receivedAt', '')}  {event.get('sourceId', '')}"
        f"  {event.get('type', '')}  {name_of(event)}  {event.get('messageId', '')}"
    )

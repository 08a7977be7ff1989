"""Counts of the event log's last hours, read from its end.

Lines of a partition stand in the order of their times, so the first line of the window
is found by halving; lines before it are not read.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec

from cdp.event import format_time
from ingestion.event_log import Segment, read, segments
from orchestration.api.bodies import (
    DeliveriesBody,
    DeliveryCount,
    QuarantineBody,
    QuarantineCount,
)

_NEAR_ENOUGH_BYTES = 64 * 1024
# several threads write a partition: neighbours may be a little out of order
_SLACK = timedelta(minutes=1)


class _Delivery(msgspec.Struct, frozen=True, rename="camel"):
    attempted_at: str = ""
    connection: str = ""
    destination: str = ""
    status: str = ""

    @property
    def at(self) -> str:
        return self.attempted_at


class _Kept(msgspec.Struct, frozen=True, rename="camel"):
    received_at: str = ""
    reason: str = ""
    type: str | None = None
    event: str | None = None
    source_id: str = ""

    @property
    def at(self) -> str:
        return self.received_at


_Row = TypeVar("_Row", _Delivery, _Kept)


def deliveries(log_dir: Path, since: datetime) -> DeliveriesBody:
    """Count outcomes of live delivery by connection, destination and status.

    Args:
        log_dir: The event log's folder.
        since: Only outcomes of this moment and later.
    """
    counts: Counter[tuple[str, str, str]] = Counter()
    last: dict[tuple[str, str, str], str] = {}
    for row in _rows(log_dir, "deliveries", since, _Delivery):
        key = (row.connection, row.destination, row.status)
        counts[key] += 1
        last[key] = max(last.get(key, ""), row.at)
    found = [DeliveryCount(*key, counts[key], last[key]) for key in sorted(counts)]
    return DeliveriesBody(format_time(since), found)


def quarantine(log_dir: Path, since: datetime) -> QuarantineBody:
    """Count quarantined events by reason, event and source; the most frequent first.

    Args:
        log_dir: The event log's folder.
        since: Only events that arrived at this moment or later.
    """
    counts: Counter[tuple[str, str, str]] = Counter()
    last: dict[tuple[str, str, str], str] = {}
    for row in _rows(log_dir, "quarantine", since, _Kept):
        key = (row.reason, row.event or row.type or "unreadable", row.source_id)
        counts[key] += 1
        last[key] = max(last.get(key, ""), row.at)
    order = sorted(counts, key=lambda key: (-counts[key], key))
    found = [QuarantineCount(*key, counts[key], last[key]) for key in order]
    return QuarantineBody(format_time(since), found)


def _rows(
    log_dir: Path, topic: str, since: datetime, kind: type[_Row]
) -> Iterator[_Row]:
    decode = msgspec.json.Decoder(kind).decode
    first, early = format_time(since), format_time(since - _SLACK)
    positions = _starts(segments(log_dir, topic), lambda line: decode(line).at < early)
    for _, _, line in read(log_dir, topic, positions, sys.maxsize):
        row = decode(line)
        if row.at >= first:
            yield row


def _starts(found: list[Segment], is_before: Callable[[bytes], bool]) -> dict[str, int]:
    """Return, by partition, an offset shortly before the first line of the window."""
    positions: dict[str, int] = {}
    complete: set[str] = set()
    for segment in reversed(found):
        if segment.partition in complete:
            continue
        start = _start(segment, is_before)
        positions[segment.partition] = segment.base_offset + start
        if start > 0:
            complete.add(segment.partition)
    return positions


def _start(segment: Segment, is_before: Callable[[bytes], bool]) -> int:
    """Return the start of a line shortly before the window, as a place in the file."""
    low, high = 0, segment.size
    with segment.path.open("rb") as file:
        while high - low > _NEAR_ENOUGH_BYTES:
            middle = (low + high) // 2
            file.seek(middle)
            file.readline()
            start = file.tell()
            if start >= high:
                break  # one line fills the rest
            if is_before(file.readline()):
                low = start
            else:
                high = middle
        return low

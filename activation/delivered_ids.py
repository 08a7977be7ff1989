"""Message ids that a connection has delivered lately: a second copy is not sent.

Tools deduplicate by more than our id (Mixpanel also by time, which the clocks of two
requests move by milliseconds), or not at all. The window is that of the collector's
door; after a restart it is read back from the end of the connection's own deliveries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from activation.connection import Prepared
from activation.destinations.outcome import Outcome, Status
from activation.kept_outcomes import DELIVERIES
from ingestion.collector.seen import Key, SeenIds
from ingestion.log_segments import end_positions, read_partition

HOURS = 24
MOST_IDS = 1_000_000
_TAIL_BYTES = 64 * 1024 * 1024  # about 200,000 outcomes, read in a second
_AT_ONCE = 50_000
_SECOND_COPY = Outcome(
    Status.FILTERED, "a second copy of a message that was delivered", attempt=0
)


class _Row(msgspec.Struct, frozen=True, rename="camel"):
    message_id: str = ""
    status: str = ""


_decode = msgspec.json.Decoder(_Row).decode


class DeliveredIds:
    """The window of one connection.

    Args:
        log_dir: The event log's folder.
        partition: The connection's own in ``deliveries``.
    """

    def __init__(self, log_dir: Path, partition: str) -> None:
        self._seen = SeenIds(HOURS, MOST_IDS)
        self._fresh: dict[int, Key] = {}
        for ids in _delivered(log_dir, partition):
            self._seen.remember(self._seen.look(ids))

    def without_copies(self, events: Sequence[Prepared]) -> list[Prepared]:
        """Return a group whose second copies are settled and will not be sent."""
        sent = [place for place, event in enumerate(events) if event.items]
        fresh = self._seen.look([events[place].message_id for place in sent])
        self._fresh = {sent[at]: key for at, key in fresh.items()}
        if len(fresh) == len(sent):
            return list(events)
        return [
            event
            if not event.items or place in self._fresh
            else replace(event, items=(), outcome=_SECOND_COPY)
            for place, event in enumerate(events)
        ]

    def remember(self, delivered: Sequence[int]) -> None:
        """Remember these events of the last group."""
        places = self._fresh.keys() & set(delivered)
        self._seen.remember({place: self._fresh[place] for place in sorted(places)})


def _delivered(log_dir: Path, partition: str) -> list[list[str]]:
    end = end_positions(log_dir, DELIVERIES).get(partition, 0)
    start = max(0, end - _TAIL_BYTES)
    lines = read_partition(log_dir, DELIVERIES, partition, start)
    if start:
        next(lines, None)  # it begins in the middle of a line
    rows = (_decode(line) for _, line in lines)
    ids = [row.message_id for row in rows if row.status == Status.DELIVERED]
    return [ids[at : at + _AT_ONCE] for at in range(0, len(ids), _AT_ONCE)]

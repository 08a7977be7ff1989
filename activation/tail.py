"""Watching events live: as they came, as each destination got them, what it said."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from activation.kept_outcomes import DELIVERIES
from activation.recent import ACCEPTED, Choice
from ingestion.log_segments import end_positions, read

QUARANTINE = "quarantine"
TOPICS = (ACCEPTED, QUARANTINE, DELIVERIES)
_CHUNK_BYTES = 1024 * 1024
_MOST_SHOWN = 1000  # events whose answers are waited for, where sources are chosen
_decode = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True, slots=True)
class Sight:
    """Something that was seen: an event, one in quarantine, or a tool's answer.

    Attributes:
        topic: accepted, quarantine or deliveries.
        row: The line of the log.
    """

    topic: str
    row: dict[str, Any]


class Watch:
    """Follows the log from its present end.

    Args:
        log_dir: The event log's folder.
        choice: Which events are meant; answers are shown for the same events.
        connections: Answers of these; of all where it is empty.
        from_start: Also what is there already.
    """

    def __init__(
        self,
        log_dir: Path,
        choice: Choice,
        connections: frozenset[str] = frozenset(),
        *,
        from_start: bool = False,
    ) -> None:
        self._log_dir = log_dir
        self._choice = choice
        self._connections = connections
        self._ends = {topic: end_positions(log_dir, topic) for topic in TOPICS}
        self._positions: dict[str, dict[str, int]] = {
            topic: {} if from_start else dict(self._ends[topic]) for topic in TOPICS
        }
        self._shown: deque[tuple[str, int]] = deque(maxlen=_MOST_SHOWN)

    def is_behind(self) -> bool:
        """Say whether there is more that was there when it began to watch."""
        return any(
            end > self._positions[topic].get(partition, 0)
            for topic, ends in self._ends.items()
            for partition, end in ends.items()
        )

    def new(self) -> Iterator[Sight]:
        """Yield what has come since the last call, an event before its answers."""
        for topic in TOPICS:
            positions = self._positions[topic]
            for partition, offset, line in read(
                self._log_dir, topic, positions, _CHUNK_BYTES
            ):
                positions[partition] = offset
                if self._means(topic, line):
                    if topic == ACCEPTED and self._choice.sources:
                        self._shown.append((partition, offset))
                    yield Sight(topic, _decode(line))

    def _means(self, topic: str, line: bytes) -> bool:
        if topic != DELIVERIES:
            return self._choice.has(line)
        row = _decode(line)
        place = (str(row.get("eventPartition")), int(row.get("eventOffset") or 0))
        return (
            (not self._connections or row.get("connection") in self._connections)
            and (not self._choice.events or row.get("event") in self._choice.events)
            # an answer does not say which source its event came from
            and (not self._choice.sources or place in self._shown)
        )


def follow(
    watch: Watch, show: Callable[[Sight], None], wait: Callable[[], bool]
) -> None:
    """Show what comes until ``wait`` says that it is enough.

    Args:
        watch: What is followed.
        show: Shows one thing that was seen.
        wait: Rests a moment; True ends it.
    """
    while True:
        for sight in watch.new():
            show(sight)
        if not watch.is_behind() and wait():
            return

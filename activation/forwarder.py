"""One connection's way through the event log.

At least once, in the order of the log: a batch is delivered, its outcomes are made
durable in the topic ``deliveries``, and only then does the cursor move. Between
partitions the earlier arrival goes first, so that the events of one user keep their
order however many collectors received them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from heapq import merge

import msgspec

from activation.connection import Connection, Prepared
from activation.cursor import Cursor, read_cursor, write_cursor
from activation.destinations.delivery import (
    Patience,
    Tagged,
    batches,
    deliver_patiently,
)
from activation.destinations.outcome import Outcome, Status
from activation.forward_result import ConnectionResult
from activation.values import encode, plain
from cdp.settings import Settings
from ingestion.event_log import EventLog, end_positions, read

Progress = Callable[[str, int, int], None]
_CHUNK_BYTES = 4 * 1024 * 1024
_UNFINISHED = frozenset({Status.RETRY, Status.MISCONFIGURED})


class _Arrival(msgspec.Struct, frozen=True, rename="camel"):
    received_at: str = ""


_arrival_of = msgspec.json.Decoder(_Arrival).decode


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log and the offset after it."""

    partition: str
    offset: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Group:
    """Lines whose outcomes become durable together.

    Attributes:
        prepared: The connection's own events among them.
        positions: The offsets after the last of them, by partition.
    """

    prepared: list[Prepared]
    positions: dict[str, int]


class Forwarder:
    """One connection's way through the log.

    Args:
        settings: The workspace.
        connection: What goes where.
        deliveries: Where outcomes are kept.
        patience: How long to try before leaving it to the next run.
    """

    def __init__(
        self,
        settings: Settings,
        connection: Connection,
        deliveries: EventLog,
        patience: Patience,
    ) -> None:
        self._log_dir = settings.event_log_dir
        self._file = settings.data_dir / "forward" / f"{connection.name}.json"
        self._connection = connection
        self._deliveries = deliveries
        self._patience = patience
        self._cursor = read_cursor(self._file)

    def run(
        self,
        progress: Progress | None = None,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> ConnectionResult:
        """Deliver up to the present end of the log, or until the destination stops.

        Calling it again goes on where it ended.

        Args:
            progress: Receives the connection, bytes of the log done, bytes in all.
            is_stopping: Asked between batches whether to leave the rest for later.
        """
        result = ConnectionResult(self._connection.name)
        end = sum(end_positions(self._log_dir, "accepted").values())
        while result.stopped_by is None and not is_stopping():
            lines = self._next_lines()
            if not lines:
                break
            for group in self._groups(lines):
                result = result.plus(self._deliver(group))
                if result.stopped_by is not None or is_stopping():
                    break
                if progress:
                    done = sum(self._cursor.positions.values())
                    progress(result.name, done, max(done, end))
        return replace(result, waiting_bytes=self.waiting_bytes())

    def waiting_bytes(self) -> int:
        """Return how much of the log lies after the cursor."""
        ends = end_positions(self._log_dir, "accepted")
        reached = self._cursor.positions
        return sum(max(0, end - reached.get(name, 0)) for name, end in ends.items())

    def _next_lines(self) -> list[Line]:
        """Return the next lines: a partition's in its order, the earlier one first."""
        found: dict[str, list[Line]] = {}
        reached = self._cursor.positions
        for partition, offset, content in read(
            self._log_dir, "accepted", reached, _CHUNK_BYTES
        ):
            line = Line(partition, offset, content)
            found.setdefault(partition, []).append(line)
        if len(found) == 1:
            return next(iter(found.values()))
        return list(
            merge(*found.values(), key=lambda one: _arrival_of(one.content).received_at)
        )

    def _groups(self, lines: Sequence[Line]) -> Iterator[Group]:
        limits = self._connection.destination.limits
        positions = dict(self._cursor.positions)
        prepared: list[Prepared] = []
        size = 0
        for line in lines:
            event = self._connection.prepare(line.content)
            if event is not None:
                added = len(event.item.content) + 1 if event.item else 0
                if len(prepared) >= limits.records or size + added > limits.bytes:
                    yield Group(prepared, dict(positions))
                    prepared, size = [], 0
                prepared.append(event)
                size += added
            positions[line.partition] = line.offset
        yield Group(prepared, positions)

    def _deliver(self, group: Group) -> Sequence[Outcome]:
        """Deliver a group, keep its outcomes, move the cursor; return the outcomes."""
        outcomes = self._outcomes_of(group)
        is_finished = all(one.status not in _UNFINISHED for one in outcomes)
        tries = self._cursor.failed_tries
        # an outage is told once for the events at its front, not at every attempt
        if is_finished or not tries:
            self._keep(group.prepared, outcomes)
        if is_finished:
            self._cursor = Cursor(group.positions)
        else:
            most = max(outcome.attempt for outcome in outcomes)
            self._cursor = Cursor(self._cursor.positions, most)
        write_cursor(self._file, self._cursor)
        return outcomes

    def _outcomes_of(self, group: Group) -> list[Outcome]:
        outcomes = [event.outcome for event in group.prepared]
        sendable = (
            Tagged(index, event.item)
            for index, event in enumerate(group.prepared)
            if event.item is not None
        )
        destination = self._connection.destination
        for batch in batches(sendable, destination.limits):
            items = [record.item for record in batch]
            results = deliver_patiently(destination, items, self._patience)
            before = self._cursor.failed_tries
            for record, result in zip(batch, results, strict=True):
                outcomes[record.tag] = replace(result, attempt=result.attempt + before)
            if any(result.status in _UNFINISHED for result in results):
                break
        waiting = Outcome(Status.RETRY, "waits for those before it", attempt=0)
        return [outcome or waiting for outcome in outcomes]

    def _keep(self, events: Sequence[Prepared], outcomes: Sequence[Outcome]) -> None:
        if not events:
            return
        now = plain(datetime.now(UTC))
        lines = [
            encode(
                {
                    "deliveryId": str(uuid.uuid4()),
                    "destination": self._connection.destination_name,
                    "connection": self._connection.name,
                    "messageId": event.message_id,
                    "event": event.event,
                    "status": outcome.status,
                    "reason": outcome.reason or None,
                    "httpStatus": outcome.http_status,
                    "attempt": outcome.attempt,
                    "attemptedAt": now,
                }
            )
            for event, outcome in zip(events, outcomes, strict=True)
        ]
        self._deliveries.append(lines)
        self._deliveries.sync()

"""One connection's way through the event log.

At least once, in the order of the log: a group is delivered, its outcomes are made
durable in the topic ``deliveries``, and only then does the cursor move. What a killed
run had settled of its last group is read back and not sent again. Between partitions
the earlier arrival goes first, so that the events of one user keep their order however
many collectors received them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import merge
from itertools import takewhile

import msgspec

from activation.connection import Connection, Prepared
from activation.cursor import Cursor, cursor_file, read_cursor, write_cursor
from activation.delivered_ids import DeliveredIds
from activation.destinations.delivery import Limits, Patience
from activation.destinations.outcome import Outcome, Status
from activation.dispatch import UNFINISHED, Dispatcher
from activation.forward_result import ConnectionResult
from activation.kept_outcomes import KeptOutcomes
from activation.trial import send_singly
from cdp.settings import Settings
from ingestion.event_log import end_positions, read

Progress = Callable[[str, int, int], None]
_CHUNK_BYTES = 4 * 1024 * 1024
_EVENTS_A_LINE = 64  # how far ahead each line of a tool without batches may look


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
        kept: Where outcomes are kept.
        patience: How long to try before leaving it to the next run.
    """

    def __init__(
        self,
        settings: Settings,
        connection: Connection,
        kept: KeptOutcomes,
        patience: Patience,
    ) -> None:
        self._log_dir = settings.event_log_dir
        self._file = cursor_file(settings, connection.name)
        self._connection = connection
        self._kept = kept
        self._patience = patience
        self._dispatcher = Dispatcher(connection.destination, patience)
        self._capacity = _capacity_of(connection.destination.limits)
        self._cursor = read_cursor(self._file)
        self._settled = kept.settled(self._cursor.outcomes_from)
        self._delivered = DeliveredIds(self._log_dir, connection.name)

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
            self._connection.suppression.refresh()
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
        """Return the next lines: a partition's in its order, the earlier one first.

        Where a partition has more than was read, another one's later lines wait for it.
        """
        found: dict[str, list[Line]] = {}
        latest: dict[str, str] = {}
        reached = self._cursor.positions
        for partition, offset, content in read(
            self._log_dir, "accepted", reached, _CHUNK_BYTES
        ):
            found.setdefault(partition, []).append(Line(partition, offset, content))
        if len(found) == 1:
            return next(iter(found.values()))
        ends = end_positions(self._log_dir, "accepted")
        for name, lines in found.items():
            if lines[-1].offset < ends[name]:
                latest[name] = max(_arrived_at(line) for line in lines)
        until = min(latest.values(), default=None)
        return [
            *takewhile(
                lambda line: until is None or _arrived_at(line) <= until,
                merge(*found.values(), key=_arrived_at),
            )
        ]

    def _groups(self, lines: Sequence[Line]) -> Iterator[Group]:
        positions = dict(self._cursor.positions)
        prepared: list[Prepared] = []
        size = 0
        for line in lines:
            event = self._prepared(line)
            if event is not None:
                added = sum(len(item.content) + 1 for item in event.items)
                is_full = size + added > self._capacity.bytes
                if prepared and (is_full or len(prepared) >= self._capacity.records):
                    yield Group(prepared, dict(positions))
                    prepared, size = [], 0
                prepared.append(event)
                size += added
            positions[line.partition] = line.offset
        yield Group(prepared, positions)

    def _prepared(self, line: Line) -> Prepared | None:
        place = (line.partition, line.offset)
        if place in self._settled:
            return None
        return self._connection.prepare(line.content, place)

    def _deliver(self, group: Group) -> Sequence[Outcome]:
        """Deliver a group, keep its outcomes, move the cursor.

        Returns:
            Outcomes of what was settled, and of what keeps the rest from it.
        """
        events = self._delivered.without_copies(group.prepared)
        before = self._cursor.failed_tries
        settled: dict[int, Outcome] = {}

        def keep(index: int, outcome: Outcome) -> None:
            outcome = outcome.at(outcome.attempt + before)
            settled[index] = outcome
            self._settled.add(events[index].place)
            self._kept.keep(events[index], outcome)

        if before >= self._patience.tries_in_all:
            tool = self._dispatcher.destination
            outcomes = send_singly(tool, events, keep, self._patience)
        else:
            outcomes = self._dispatcher.send(events, keep)
        failed = {
            index: outcome.at(outcome.attempt + before)
            for index, outcome in enumerate(outcomes)
            if outcome.status in UNFINISHED
        }
        self._delivered.remember(
            [at for at, one in settled.items() if one.status is Status.DELIVERED]
        )
        self._move(group, failed)
        # what was not tried at all stopped nothing: whoever runs us told us to
        tried = [one for at, one in failed.items() if outcomes[at].attempt]
        return [*settled.values(), *tried]

    def _move(self, group: Group, failed: dict[int, Outcome]) -> None:
        """Move the cursor behind a group, or note that it could not be delivered."""
        if failed:
            most = max(outcome.attempt for outcome in failed.values())
            if most and not self._cursor.failed_tries:
                # an outage is told once, not at every attempt
                for index, outcome in failed.items():
                    self._kept.keep(group.prepared[index], outcome)
            self._kept.sync()
            refusals = [
                one.reason
                for one in failed.values()
                if one.status is Status.MISCONFIGURED
            ]
            cursor = self._cursor.after_failure(most, next(iter(refusals), ""))
        else:
            cursor = Cursor(group.positions, outcomes_from=self._kept.sync())
            reached = group.positions
            self._settled = {
                (name, offset)
                for name, offset in self._settled
                if offset > reached.get(name, 0)
            }
        write_cursor(self._file, cursor)
        self._cursor = cursor


def _arrived_at(line: Line) -> str:
    return _arrival_of(line.content).received_at


def _capacity_of(limits: Limits) -> Limits:
    """Return how much is looked at together: a request, or a queue for every line."""
    if limits.at_once == 1:
        return limits
    return Limits(
        max(limits.records, _EVENTS_A_LINE * limits.at_once), limits.bytes * 64
    )

"""Sending prepared events: each person's in order, one bad tool call at a time.

Events of one person stay in one line and go out one after the other; what a tool takes
through different addresses is cut into waves, so that a person's profile is there
before the event that follows it. Lines run at the same time where the tool allows it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from zlib import crc32

from activation.connection import Prepared
from activation.destinations.delivery import (
    Destination,
    Item,
    Limits,
    Patience,
    Tagged,
    batches,
    deliver_patiently,
)
from activation.destinations.outcome import Outcome, Status

UNFINISHED = frozenset({Status.RETRY, Status.MISCONFIGURED})
WAITING = Outcome(Status.RETRY, "waits for those before it", attempt=0)
_WORST_FIRST = (
    *(Status.MISCONFIGURED, Status.RETRY, Status.REJECTED),
    *(Status.ABANDONED, Status.FILTERED, Status.DELIVERED),
)
Keep = Callable[[int, Outcome], None]
"""Receives an event's place in the group and what became of it, once it is settled."""


@dataclass(slots=True)
class Pace:
    """Keeps requests to a tool's rate, however many lines there are.

    Attributes:
        requests_per_second: None for no limit.
        sleep: Waits for so many seconds.
    """

    requests_per_second: float | None
    sleep: Callable[[float], object] = time.sleep
    _next: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self) -> None:
        """Return when the next request may go."""
        if not self.requests_per_second:
            return
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next)
            self._next = turn + 1 / self.requests_per_second
        if turn > now:
            self.sleep(turn - now)


@dataclass(frozen=True, slots=True)
class _Paced:
    """A destination whose requests wait for their turn."""

    destination: Destination
    pace: Pace

    @property
    def limits(self) -> Limits:
        return self.destination.limits

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        self.pace.wait()
        return self.destination.deliver(items)

    def close(self) -> None:
        self.destination.close()


@dataclass(frozen=True, slots=True)
class _Part:
    """One item of one event."""

    index: int
    item: Item
    line: str


class Dispatcher:
    """Sends groups of events to one destination.

    Args:
        destination: The tool.
        patience: How long to go on with one batch.

    Attributes:
        destination: The tool, at its rate.
    """

    def __init__(self, destination: Destination, patience: Patience) -> None:
        limits = destination.limits
        pace = Pace(limits.requests_per_second, patience.sleep)
        self.destination = _Paced(destination, pace)
        self._patience = patience
        self._limits = limits

    def send(self, events: Sequence[Prepared], keep: Keep) -> list[Outcome]:
        """Send a group.

        Args:
            events: In the order of the log.
            keep: Told of every settled event, from one thread at a time.

        Returns:
            One outcome an event; ``retry`` also for what was not tried because
            something before it could not be delivered.
        """
        tally = _Tally(events, keep)
        lines = _lines_of(events, self._limits.at_once)
        if len(lines) == 1:
            self._send_line(lines[0], tally)
        elif lines:
            with ThreadPoolExecutor(len(lines), "deliver") as threads:
                running = [
                    threads.submit(self._send_line, line, tally) for line in lines
                ]
                for future in running:
                    future.result()
        return tally.outcomes()

    def _send_line(self, line: list[_Part], tally: _Tally) -> None:
        for batch in _batches_in_order(line, self._limits):
            if tally.is_stopped or self._patience.is_over():
                return
            items = [record.item for record in batch]
            results = deliver_patiently(self.destination, items, self._patience)
            for record, result in zip(batch, results, strict=True):
                tally.note(record.tag, result)


def planned_batches(events: Sequence[Prepared], limits: Limits) -> Iterator[list[Item]]:
    """Yield the items of each request that a group takes, in order where it matters."""
    for line in _lines_of(events, limits.at_once):
        for batch in _batches_in_order(line, limits):
            yield [record.item for record in batch]


class _Tally:
    """What became of the events of a group so far."""

    def __init__(self, events: Sequence[Prepared], keep: Keep) -> None:
        self._left = [len(event.items) for event in events]
        self._worst: list[Outcome | None] = [event.outcome for event in events]
        self._keep = keep
        self._lock = threading.Lock()
        self.is_stopped = False
        for index, event in enumerate(events):
            if event.outcome is not None:
                keep(index, event.outcome)

    def note(self, index: int, outcome: Outcome) -> None:
        """Note what became of one part of an event."""
        with self._lock:
            before = self._worst[index]
            worst = outcome if before is None else worse(before, outcome)
            self._worst[index] = worst
            self._left[index] -= 1
            if outcome.status in UNFINISHED:
                self.is_stopped = True
            elif not self._left[index] and worst.status not in UNFINISHED:
                self._keep(index, worst)

    def outcomes(self) -> list[Outcome]:
        """Return one outcome an event; what is not finished waits."""
        return [
            worst if worst and (not left or worst.status in UNFINISHED) else WAITING
            for worst, left in zip(self._worst, self._left, strict=True)
        ]


def worse(one: Outcome, other: Outcome) -> Outcome:
    """Return what became of an event whose parts ended in two ways."""
    rank = _WORST_FIRST.index
    found = one if rank(one.status) <= rank(other.status) else other
    return replace(found, attempt=max(one.attempt, other.attempt))


def _lines_of(events: Sequence[Prepared], count: int) -> list[list[_Part]]:
    """Divide a group into lines; events that share a person share a line."""
    lanes = {item.lane for event in events for item in event.items}
    # in one line and one lane the order of the log is kept as it is
    names = _line_names(events) if count > 1 or len(lanes) > 1 else {}
    lines: dict[int, list[_Part]] = {}
    for index, event in enumerate(events):
        person = event.people[0] if event.people else event.message_id
        name = names.get(person, person)
        line = lines.setdefault(crc32(name.encode()) % count, [])
        line.extend(_Part(index, item, name) for item in event.items)
    return [line for line in lines.values() if line]


def _line_names(events: Sequence[Prepared]) -> dict[str, str]:
    """Return for each id of a group the first id of all that are linked with it."""
    parents: dict[str, str] = {}

    def root(name: str) -> str:
        while (parent := parents.setdefault(name, name)) != name:
            parents[name] = name = parents[parent]
        return name

    for event in events:
        for other in event.people:
            parents[root(other)] = root(event.people[0])
    return {name: root(name) for name in parents}


def _batches_in_order(
    line: Sequence[_Part], limits: Limits
) -> Iterator[list[Tagged[int]]]:
    """Cut a line into batches; a person's next address waits for the one before."""
    waves: list[list[Tagged[int]]] = []
    reached: dict[str, tuple[int, str]] = {}
    for part in line:
        number, lane = reached.get(part.line, (0, part.item.lane))
        if lane != part.item.lane:
            number += 1
        reached[part.line] = number, part.item.lane
        while len(waves) <= number:
            waves.append([])
        waves[number].append(Tagged(part.index, part.item))
    for wave in waves:
        yield from batches(wave, limits)

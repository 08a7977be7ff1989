"""Delivering records: batches to the tool's limits, patience, and finding a bad one.

A destination makes one attempt with one batch. What happens around the attempt is the
same for all of them and stands here: wait as long as the tool says, or longer each time
with chance in it; divide a batch that was refused as a whole until the record at fault
stands alone.
"""

from __future__ import annotations

import logging
import random
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.values import encode
from cdp.errors import CdpError

_MOST_DIVISIONS = 64
_log = logging.getLogger(__name__)
Tag = TypeVar("Tag")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a tool takes.

    Attributes:
        records: Records in one request.
        bytes: Bytes of their encoded form in one request.
        at_once: Requests under way at the same time; each person's events stay in one
            line, so that their order holds. More than one where a request carries one
            record.
        requests_per_second: The rate that the vendor states; None where it states none.
    """

    records: int
    bytes: int
    at_once: int = 1
    requests_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Payload:
    """What a tool gets for one event, or one part of it: not encoded yet.

    Attributes:
        body: The JSON of the record within the request's body.
        lane: Only payloads of one lane share a request: an endpoint, or an endpoint and
            a person where the vendor takes one person a request.
    """

    body: dict[str, Any] = field(repr=False)
    lane: str = ""

    def encoded(self) -> Item:
        """Return it as it goes into a request; money keeps its digits."""
        return Item(encode(self.body), self.lane)


@dataclass(frozen=True, slots=True)
class Item:
    """One record, encoded for one tool.

    Attributes:
        content: The JSON of the record within the request's body.
        lane: Only records of one lane can share a request.
    """

    content: bytes = field(repr=False)
    lane: str = ""


class Destination(Protocol):
    """A tool that takes batches of records."""

    @property
    def limits(self) -> Limits:
        """What one request may carry."""
        ...

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt; return one outcome per record, in order.

        Raises:
            NotTaken: The answer is about the whole batch.
        """
        ...

    def close(self) -> None:
        """Close connections."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to go on with one batch, and to leave alone a tool that refuses us.

    Attributes:
        tries: Attempts at the same records.
        first_wait_seconds: Longest wait after the first attempt; doubles from then on.
        longest_wait_seconds: No wait is longer; a tool that asks for more is left alone
            until the next run.
        tries_in_all: After so many, in however many runs, records are tried one by
            one; one that alone fails where others pass is abandoned.
        first_pause_seconds: How long whoever follows the log leaves a tool alone that
            refuses us; doubles with every further refusal.
        longest_pause_seconds: No pause is longer.
        sleep: Waits for so many seconds; returns True where it was told to stop.
    """

    tries: int = 6
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 60.0
    tries_in_all: int = 30
    first_pause_seconds: float = 30.0
    longest_pause_seconds: float = 900.0
    sleep: Callable[[float], object] = time.sleep

    def is_over(self) -> bool:
        """Say whether whoever waits was told to stop."""
        return self.sleep(0) is True

    def wait_seconds(self, attempt: int, outcomes: Iterable[Outcome]) -> float:
        """Return how long to wait: what the tool said, or exponential with jitter."""
        asked = [
            outcome.retry_after_seconds
            for outcome in outcomes
            if outcome.retry_after_seconds is not None
        ]
        if asked:
            return max(asked)
        most = self.first_wait_seconds * 2 ** (attempt - 1)
        # full jitter: many senders that failed together do not return together
        return random.uniform(0, min(self.longest_wait_seconds, most))  # noqa: S311

    def pause_seconds(self, refusals: int) -> float:
        """Return how long to leave a tool alone that refused us so often in a row."""
        # a number of refusals that nobody counts must not grow beyond a float
        doubled = 2.0 ** min(refusals - 1, 64)
        return min(self.longest_pause_seconds, self.first_pause_seconds * doubled)


@dataclass(frozen=True, slots=True)
class Tagged(Generic[Tag]):
    """A record with what its sender knows it by."""

    tag: Tag
    item: Item


def batches(
    records: Iterable[Tagged[Tag]], limits: Limits
) -> Iterator[list[Tagged[Tag]]]:
    """Cut records into batches that one request may carry, each of one lane."""
    waiting: dict[str, list[Tagged[Tag]]] = {}
    sizes: dict[str, int] = {}
    for record in records:
        lane, size = record.item.lane, len(record.item.content) + 1
        batch = waiting.setdefault(lane, [])
        is_over = sizes.get(lane, 0) + size > limits.bytes
        if batch and (is_over or len(batch) >= limits.records):
            yield batch
            batch = waiting[lane] = []
            sizes[lane] = 0
        batch.append(record)
        sizes[lane] = sizes.get(lane, 0) + size
    yield from (batch for batch in waiting.values() if batch)


def deliver_patiently(
    destination: Destination, items: Sequence[Item], patience: Patience
) -> list[Outcome]:
    """Deliver one batch, trying again what the tool could not take just now.

    Returns:
        One outcome per record, in order; ``retry`` where patience ended first.
    """
    outcomes: dict[int, Outcome] = {}
    pending = list(range(len(items)))
    for attempt in range(1, patience.tries + 1):
        budget = _Budget(_MOST_DIVISIONS)
        results = _divide(destination, [items[index] for index in pending], budget)
        for index, result in zip(pending, results, strict=True):
            outcomes[index] = result.at(attempt)
        pending = [one for one in pending if outcomes[one].status is Status.RETRY]
        if not pending or attempt == patience.tries or _is_hopeless(results):
            break
        wait = patience.wait_seconds(attempt, [outcomes[one] for one in pending])
        if wait > patience.longest_wait_seconds:
            break
        if patience.sleep(wait) is True:
            break
    return [outcomes[index] for index in range(len(items))]


def _is_hopeless(outcomes: Iterable[Outcome]) -> bool:
    return any(outcome.status is Status.MISCONFIGURED for outcome in outcomes)


@dataclass(slots=True)
class _Budget:
    """How many more times a refused batch may be divided."""

    left: int


def _attempt(destination: Destination, items: Sequence[Item]) -> list[Outcome]:
    """Make one attempt; a mistake of our own stops these records and no other tool."""
    try:
        return destination.deliver(items)
    except (NotTaken, CdpError):
        raise
    except Exception as error:  # noqa: BLE001 - an answer that nobody thought of
        # its own words may quote a value
        name = type(error).__name__
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(frame.filename).name}:{frame.lineno}"
        _log.warning("%s in %s while delivering", name, where)
        reason = f"failed on our side ({name})"
        return [Outcome(Status.RETRY, reason)] * len(items)


def _divide(
    destination: Destination, items: Sequence[Item], budget: _Budget
) -> list[Outcome]:
    try:
        return _attempt(destination, items)
    except NotTaken as refusal:
        outcome = refusal.outcome
        if outcome.status is not Status.REJECTED or len(items) == 1:
            return [outcome] * len(items)
        if budget.left <= 0:
            reason = f"refused together with others: {outcome.reason}"
            return [replace(outcome, reason=reason)] * len(items)
        budget.left -= 1
        half = len(items) // 2
        first = _divide(destination, items[:half], budget)
        return first + _divide(destination, items[half:], budget)

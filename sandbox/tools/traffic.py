"""What happens to requests before a stand-in answers: faults, rate limits, counts."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

TOOLS = (
    *("salesforce", "stripe", "zendesk", "klaviyo", "mixpanel"),
    *("google_analytics", "google_ads", "meta", "hubspot", "shopify"),
)
REMEMBERED_REQUESTS = 100
FAULT_KINDS = (
    *("status", "half_page", "token_expired", "slow", "reject_records"),
    *("schema_change", "late_rows"),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A failure to show to the next requests of one tool.

    Attributes:
        kind: ``status`` answers with ``status``; ``half_page`` breaks off in the middle
            of the body; ``token_expired`` forgets the tokens that were given out;
            ``slow`` waits ``seconds`` first; ``reject_records`` refuses one record in
            ``one_in``, always the same ones, where the tool answers for records.
        status: The HTTP status of a ``status`` fault.
        retry_after: The Retry-After header of a ``status`` fault, seconds.
        seconds: How long a ``slow`` fault waits.
        one_in: Of how many records a ``reject_records`` fault refuses one.
        is_final: Whether the refused records could never be taken.
        path_contains: Only requests whose path contains this.
        field: The field that a ``schema_change`` fault sets.
        value: What it is set to.
        beside: Records that have this field are changed; those that have ``field``
            itself where it is empty.
    """

    kind: str
    status: int = 500
    retry_after: float | None = None
    seconds: float = 0.2
    one_in: int = 10
    is_final: bool = False
    path_contains: str = ""
    field: str = ""
    value: Any = None
    beside: str = ""


def rejects(fault: Fault, key: str) -> bool:
    """Return whether a ``reject_records`` fault refuses the record with this key."""
    return crc32(key.encode()) % fault.one_in == 0


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it came in.

    Attributes:
        method: The HTTP method.
        path: The path behind the tool's prefix.
        query: The query string, still encoded.
        headers: By lower-case name, without what lets the sender in.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]


@dataclass(slots=True)
class PendingFault:
    """A fault with the number of requests it skips first and then hits."""

    fault: Fault
    after: int
    count: int


@dataclass(slots=True)
class Bucket:
    """Tokens that refill evenly; one request takes one."""

    per_second: float
    burst: float
    tokens: float
    filled_at: float

    def seconds_to_wait(self) -> float:
        """Take a token and return 0, or return how long until there is one."""
        now = time.monotonic()
        gained = (now - self.filled_at) * self.per_second
        self.tokens, self.filled_at = min(self.burst, self.tokens + gained), now
        if self.tokens < 1:
            return (1 - self.tokens) / self.per_second
        self.tokens -= 1
        return 0


@dataclass(slots=True)
class Traffic:
    """Faults, limits and counts of every tool; all zero at the start.

    Attributes:
        requests: Requests by tool, refused ones included.
        refused: Requests that a fault or a rate limit refused, by tool.
        writes: Records that a tool was sent and took, by tool.
        removed_fields: Fields that somebody took out of the CRM.
        seen: The newest requests, by tool.
        largest_page: More rows than this are on no page; 0 leaves it to the vendor.
    """

    requests: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    writes: Counter[str] = field(default_factory=Counter)
    removed_fields: set[str] = field(default_factory=set)
    seen: dict[str, deque[Seen]] = field(default_factory=dict)
    largest_page: int = 0
    _faults: dict[str, deque[PendingFault]] = field(default_factory=dict)
    _buckets: dict[str, Bucket] = field(default_factory=dict)

    def page_rows(self, usual: int) -> int:
        """Return how many rows a page has that could have ``usual``."""
        return min(usual, self.largest_page) if self.largest_page else usual

    def note(self, tool: str, request: Seen) -> None:
        """Count a request and remember it for a while."""
        self.requests[tool] += 1
        self.seen.setdefault(tool, deque(maxlen=REMEMBERED_REQUESTS)).append(request)

    def inject(self, tool: str, fault: Fault, *, count: int, after: int = 0) -> None:
        """Show ``fault`` to ``count`` requests of a tool, ``after`` others passed."""
        queue = self._faults.setdefault(tool, deque())
        queue.append(PendingFault(fault, after, count))

    def limit(self, tool: str, per_second: float, burst: float) -> None:
        """Let a tool take ``per_second`` requests, ``burst`` at once; 0 lifts it."""
        self._buckets.pop(tool, None)
        if per_second > 0:
            self._buckets[tool] = Bucket(per_second, burst, burst, time.monotonic())

    def next_fault(self, tool: str, path: str) -> Fault | None:
        """Return the fault that this request meets, and use it up."""
        queue = self._faults.get(tool)
        if not queue or queue[0].fault.path_contains not in path:
            return None
        pending = queue[0]
        if pending.after > 0:
            pending.after -= 1
            return None
        pending.count -= 1
        if pending.count <= 0:
            queue.popleft()
        return pending.fault

    def seconds_to_wait(self, tool: str) -> float:
        """Return how long a tool's rate limit makes this request wait; 0 if not."""
        bucket = self._buckets.get(tool)
        return bucket.seconds_to_wait() if bucket else 0

    def reset(self) -> None:
        """Forget faults, limits, counts and removed fields."""
        for part in (self.requests, self.refused, self.writes, self.removed_fields):
            part.clear()
        self.seen.clear()
        self._faults.clear()
        self._buckets.clear()

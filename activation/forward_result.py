"""What live delivery did, for people and for the schedule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from activation.destinations.outcome import Outcome, Status


@dataclass(frozen=True, slots=True)
class ConnectionResult:
    """What one connection did.

    Attributes:
        name: The connection.
        delivered: Events that the destination has taken.
        rejected: Events that it will not take; the reasons are in ``deliveries``.
        filtered: Events that were not meant for it.
        abandoned: Events that it fails on again and again, while it takes others.
        stopped_by: Why it stopped before the end of the log; None if it did not.
        waiting_bytes: How much of the log is still to be read.
    """

    name: str
    delivered: int = 0
    rejected: int = 0
    filtered: int = 0
    abandoned: int = 0
    stopped_by: Outcome | None = None
    waiting_bytes: int = 0

    def plus(self, outcomes: Sequence[Outcome]) -> ConnectionResult:
        """Return the result with the outcomes of a further group."""
        found = Counter(outcome.status for outcome in outcomes)
        stopping = (Status.MISCONFIGURED, Status.RETRY)
        stopped_by = next(
            (one for status in stopping for one in outcomes if one.status is status),
            None,
        )
        return replace(
            self,
            stopped_by=stopped_by,
            abandoned=self.abandoned + found[Status.ABANDONED],
            delivered=self.delivered + found[Status.DELIVERED],
            rejected=self.rejected + found[Status.REJECTED],
            filtered=self.filtered + found[Status.FILTERED],
        )

    @property
    def summary(self) -> str:
        """One line for a person."""
        counts = (
            f"{self.name}: {self.delivered:,} delivered, {self.rejected:,} rejected,"
            f" {self.filtered:,} not meant for it"
        )
        if self.abandoned:
            counts += f", {self.abandoned:,} given up"
        if self.stopped_by is None:
            return counts
        waiting = f"{self.waiting_bytes / 1e6:,.1f} MB wait for the next run"
        return f"{counts}; stopped: {self.stopped_by.reason}; {waiting}"


@dataclass(frozen=True, slots=True)
class ForwardResult:
    """What all connections did."""

    connections: tuple[ConnectionResult, ...] = ()

    @property
    def delivered(self) -> int:
        """Events delivered, to whichever destination."""
        return sum(one.delivered for one in self.connections)

    @property
    def notes(self) -> tuple[str, ...]:
        """One line a connection."""
        return tuple(one.summary for one in self.connections)

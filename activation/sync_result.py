"""What a run of a sync did, for people and for the schedule."""

from __future__ import annotations

from dataclasses import dataclass

from activation.destinations.outcome import Outcome


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What a run did, or, in a dry run, would do.

    Attributes:
        name: The sync.
        created_count: Records that had never been delivered.
        updated_count: Records that differ from what was delivered.
        unchanged_count: Records that are as delivered.
        gone_count: Delivered records that the model no longer has; nothing is sent.
        delivered_count: Records that the destination has taken.
        rejected_count: Records that it will not take, or that the model does not
            describe clearly; the reasons are in ``ledger.sync_outcomes``.
        retry_count: Records that were sent and are to be sent again.
        is_held: Whether the guard stopped it; nothing was sent.
        changed_share: Of the delivered records, the share that changes or is gone.
        stopped_by: Why it stopped before the end; None if it did not.
        samples: In a dry run, bodies as they would be sent.
    """

    name: str
    created_count: int = 0
    updated_count: int = 0
    unchanged_count: int = 0
    gone_count: int = 0
    delivered_count: int = 0
    rejected_count: int = 0
    retry_count: int = 0
    is_held: bool = False
    changed_share: float = 0.0
    stopped_by: Outcome | None = None
    samples: tuple[str, ...] = ()

    @property
    def waiting_count(self) -> int:
        """Records that the next run will send."""
        planned = self.created_count + self.updated_count
        return max(0, planned - self.delivered_count - self.rejected_count)

    @property
    def summary(self) -> str:
        """One line for a person."""
        plan = (
            f"{self.name}: {self.created_count:,} new, {self.updated_count:,} changed,"
            f" {self.unchanged_count:,} unchanged"
        )
        if self.is_held:
            share = f"{self.changed_share:.0%} of the delivered records would change"
            return f"{plan}; held, because {share}"
        sent = f"{plan}; {self.delivered_count:,} delivered"
        if self.rejected_count:
            sent += f", {self.rejected_count:,} rejected (ledger.sync_outcomes)"
        if self.stopped_by is not None:
            return f"{sent}; stopped: {self.stopped_by.reason}; the rest waits"
        return f"{sent}, {self.retry_count:,} to retry" if self.retry_count else sent

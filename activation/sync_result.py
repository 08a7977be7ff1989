"""What a run of a sync did, for people and for the schedule."""

from __future__ import annotations

from dataclasses import dataclass

from activation.destinations.outcome import Outcome
from activation.syncs.alerts import Alert


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What a run did.

    Attributes:
        name: The sync.
        created_count: Records to create.
        updated_count: Records to change.
        deleted_count: Records to delete.
        unchanged_count: Records that are as delivered.
        gone_count: Delivered records that the model no longer has.
        delivered_count: Records that the destination has taken.
        rejected_count: Records that it will not take, or that the model does not
            describe clearly; the reasons are in ``ledger.sync_outcomes``.
        retry_count: Records that were sent and are to be sent again.
        left_count: Records that the tool lacks, or has, and that the mode therefore
            let be.
        held_because: Why its guards stopped it; nothing was sent.
        withheld_because: Why it must not run on what dbt has built.
        changed_share: Of the delivered records, the share that changes or is gone.
        stopped_by: Why it stopped before the end; None if it did not.
        alerts: What somebody must be told.
    """

    name: str
    created_count: int = 0
    updated_count: int = 0
    deleted_count: int = 0
    unchanged_count: int = 0
    gone_count: int = 0
    delivered_count: int = 0
    rejected_count: int = 0
    retry_count: int = 0
    left_count: int = 0
    held_because: tuple[str, ...] = ()
    withheld_because: str = ""
    changed_share: float = 0.0
    stopped_by: Outcome | None = None
    alerts: tuple[Alert, ...] = ()

    @property
    def is_held(self) -> bool:
        """Whether a guard stopped it."""
        return bool(self.held_because)

    @property
    def waiting_count(self) -> int:
        """Records that the next run will send."""
        planned = self.created_count + self.updated_count + self.deleted_count
        done = self.delivered_count + self.rejected_count + self.left_count
        return max(0, planned - done)

    @property
    def summary(self) -> str:
        """One line for a person."""
        return f"{self.name}: {self.told}"

    @property
    def told(self) -> str:
        """The same without the sync's name."""
        return "; ".join(
            [self._counted, *(f"ALERT: {one.message}" for one in self.alerts)]
        )

    @property
    def _counted(self) -> str:
        if self.withheld_because:
            return f"withheld, because {self.withheld_because}"
        plan = f"{self.created_count:,} new, {self.updated_count:,} changed"
        if self.deleted_count:
            plan += f", {self.deleted_count:,} to delete"
        plan += f", {self.unchanged_count:,} unchanged"
        if self.is_held:
            return f"{plan}; held, because {'; '.join(self.held_because)}"
        return f"{plan}; {self._sent}"

    @property
    def _sent(self) -> str:
        sent = f"{self.delivered_count:,} delivered"
        if self.left_count:
            sent += f", {self.left_count:,} left"
        if self.rejected_count:
            sent += f", {self.rejected_count:,} rejected (ledger.sync_outcomes)"
        if self.stopped_by is not None:
            sent += f"; stopped: {self.stopped_by.reason}; the rest waits"
        elif self.retry_count:
            sent += f", {self.retry_count:,} to retry"
        return sent

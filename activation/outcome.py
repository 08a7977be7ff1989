"""What became of one record that was sent to a tool."""

from __future__ import annotations

from dataclasses import dataclass

DELIVERED = "delivered"
REJECTED = "rejected"
RETRY = "retry"
MISCONFIGURED = "misconfigured"
FILTERED = "filtered"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One record's outcome.

    Attributes:
        status: delivered; rejected (the record must be fixed); retry (nobody is wrong,
            try again); misconfigured (the operator must act); filtered (not meant for
            this tool).
        reason: Why, in the tool's words where it gave any; empty when delivered.
        http_status: The answer's status; None where there was no answer.
        retry_after_seconds: How long the tool asked to wait.
    """

    status: str
    reason: str = ""
    http_status: int | None = None
    retry_after_seconds: float | None = None

    @property
    def is_final(self) -> bool:
        """Whether trying again would change nothing."""
        return self.status in {DELIVERED, REJECTED, FILTERED}

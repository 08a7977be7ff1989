"""What became of one record at a destination, and whose turn it is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum

_LONGEST_REASON = 300
_PERSONAL = re.compile(r"[^\s'\"<>]+@[^\s'\"<>]+|\+?\d[\d ().-]{6,}\d")


class Status(StrEnum):
    """Whose turn it is after an attempt."""

    DELIVERED = "delivered"
    """Nobody's: the tool has the record."""
    REJECTED = "rejected"
    """The sender's: the record or its mapping must change."""
    RETRY = "retry"
    """Ours: try again, perhaps after a stated time."""
    MISCONFIGURED = "misconfigured"
    """The operator's: a credential, an address or a field name is wrong."""
    ABANDONED = "abandoned"
    """The operator's: the tool fails on this record alone, again and again."""
    FILTERED = "filtered"
    """Nobody's: the record was not meant for this tool."""
    LEFT = "left"
    """Nobody's: the tool has, or lacks, the record, and so the mode lets it be."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record.

    Attributes:
        status: Whose turn it is.
        reason: Why, in the tool's words without personal data; empty if delivered.
        http_status: What the tool answered; None if it did not.
        retry_after_seconds: How long the tool asked us to wait.
        attempt: How many times the record was sent to learn this.
        remote_id: What the tool calls the record, where its answer says so.
    """

    status: Status
    reason: str = ""
    http_status: int | None = None
    retry_after_seconds: float | None = None
    attempt: int = 1
    # two attempts that end alike are alike, whatever the tool calls the record
    remote_id: str = field(default="", compare=False)

    def at(self, attempt: int) -> Outcome:
        """Return the same outcome, learned at such an attempt."""
        return self if attempt == self.attempt else replace(self, attempt=attempt)


class NotTaken(Exception):
    """A tool refused a whole batch: its answer is about all of it or none.

    Args:
        outcome: What holds for every record of the batch. ``rejected`` means that at
            least one record is at fault, and that a smaller batch may tell which.
    """

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


def without_personal(text: str) -> str:
    """Return a tool's words with addresses and telephone numbers taken out.

    Tools quote the value that they reject; reasons are kept and shown.
    """
    return _PERSONAL.sub("[…]", text)[:_LONGEST_REASON]

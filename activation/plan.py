"""What a sync would send: the difference between a model and what was delivered.

What is to be sent is kept in a file of its own: the warehouse is free again before the
first request.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from activation.exposures import Sync
from activation.values import plain

_READ_ROWS = 2000
NO_KEY = "the key is empty"
TWICE = "several rows of the model have this key"


@dataclass(frozen=True, slots=True)
class Refused:
    """Rows that are not sent, because the model does not say one thing about them."""

    record_key: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Planned:
    """One record to send.

    Attributes:
        record_key: What the ledger knows it by.
        row_hash: Of its mapped columns.
        fields: Value by field of the destination.
    """

    record_key: str
    row_hash: int
    fields: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run of a sync would do.

    Attributes:
        sync: Which sync.
        created_count: Records that were never delivered.
        updated_count: Records that differ from what was delivered.
        unchanged_count: Records that are as delivered.
        gone_count: Delivered records that the model no longer has; nothing is sent.
        known_count: Records that have been delivered.
        refused: Rows that cannot be sent.
        file: What is to be sent (Parquet).
    """

    sync: Sync
    created_count: int
    updated_count: int
    unchanged_count: int
    gone_count: int
    known_count: int
    refused: tuple[Refused, ...]
    file: Path

    @property
    def sent_count(self) -> int:
        """Records that would be sent."""
        return self.created_count + self.updated_count

    @property
    def changed_share(self) -> float:
        """Of the delivered records, the share that changes or is gone; 0 to 1."""
        changed = self.updated_count + self.gone_count
        return changed / self.known_count if self.known_count else 0.0

    @property
    def needs_consent(self) -> bool:
        """Whether the sync's guard wants a person to say yes."""
        most = self.sync.meta.guards.max_changed_share
        return most is not None and self.changed_share > most

    def records(self, limit: int | None = None) -> Iterator[Planned]:
        """Yield what is to be sent; needs no warehouse."""
        if not self.sent_count:
            return
        names = list(self.sync.meta.mapping)
        most = self.sent_count if limit is None else limit
        with duckdb.connect() as reader:
            reader.execute("set TimeZone = 'UTC'")
            found = reader.execute(
                "select * from read_parquet(?) limit ?", [str(self.file), most]
            )
            while rows := found.fetchmany(_READ_ROWS):
                for key, row_hash, *values in rows:
                    fields = zip(names, map(plain, values), strict=True)
                    yield Planned(key, row_hash, dict(fields))

"""What a sync would send: the difference between its rows and what was delivered.

What is to be sent is kept in a file of its own: the warehouse is free again before the
first request.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import duckdb
import msgspec

from activation.exposures import Sync
from activation.values import plain

_READ_ROWS = 2000
# what comes before the mapped columns: action, key, hash, fields as delivered
_FIRST_COLUMN = 4
# money keeps its digits on the way back as well
_decode_any = msgspec.json.Decoder(float_hook=Decimal).decode
_decode = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode
NO_KEY = "the key is empty"
TWICE = "several rows of the model have this key"
Action = Literal["create", "update", "delete", "forget"]


@dataclass(frozen=True, slots=True)
class Refused:
    """Rows that are not sent, because the model does not say one thing about them."""

    record_key: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Planned:
    """One record to send.

    Attributes:
        action: What is done with it; ``forget``: the ledger drops it, nothing is sent.
        record_key: What the ledger knows it by.
        row_hash: Of key, mapped columns and mapping.
        row: Value by column; for a deletion what was last delivered, by field.
        before: What was last delivered, by field; None where that is not known.
    """

    action: Action
    record_key: str
    row_hash: int
    row: dict[str, Any] = field(repr=False)
    before: dict[str, Any] | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """What a plan was made from; it holds only as long as these do.

    Attributes:
        data: Of all rows of the source: their number and what their hashes add up to.
        mapping: Of the sync's declaration.
        ledger: Of all that was delivered.
    """

    data: str
    mapping: str
    ledger: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run of a sync would do.

    Attributes:
        sync: Which sync.
        fingerprints: What it was made from.
        created_count: Records to create.
        updated_count: Records to change.
        deleted_count: Records to delete.
        asked_count: Those of both that this sync has not delivered yet, where the tool
            says whether it has them; the mode leaves some.
        unchanged_count: Records that are as delivered.
        gone_count: Delivered records that the source no longer has.
        left_count: Records that the mode leaves alone: they differ, or the tool said
            lately that it lacks them.
        known_count: Records that have been delivered.
        row_count: Rows of the source.
        refused: Rows that cannot be sent.
        file: What is to be sent (Parquet).
    """

    sync: Sync
    fingerprints: Fingerprints
    created_count: int
    updated_count: int
    deleted_count: int
    asked_count: int
    unchanged_count: int
    gone_count: int
    left_count: int
    known_count: int
    row_count: int
    refused: tuple[Refused, ...]
    file: Path

    @property
    def sent_count(self) -> int:
        """Records that would be sent."""
        return self.created_count + self.updated_count + self.deleted_count

    @property
    def changed_share(self) -> float:
        """Of the delivered records, the share that changes or is gone; 0 to 1."""
        # a mode of deletions counts records that were never sent before
        gone = 0 if self.sync.meta.mode == "delete" else self.gone_count
        # nor has the tool what it is only asked for
        changed = max(0, self.updated_count - self.asked_count)
        return self._share(changed + gone)

    @property
    def deleted_share(self) -> float:
        """Of the delivered records, the share that is deleted; 0 to 1.

        Nothing can be said of it where none has been delivered: it is 0 then, and
        ``breaches`` asks.
        """
        return self._share(self.deleted_count)

    def _share(self, count: int) -> float:
        return min(1.0, count / self.known_count) if self.known_count else 0.0

    @property
    def breaches(self) -> tuple[str, ...]:
        """Why the sync's guards want a person to say yes; empty if they do not."""
        guards = self.sync.meta.guards
        found = []
        if self.sync.meta.mode == "mirror" and self.known_count and not self.row_count:
            # an empty table is more often a broken build than a decision
            found.append(
                f"the model is empty: {self.gone_count:,} records would be deleted"
            )
        most = guards.max_changed_share
        if most is not None and self.changed_share > most:
            found.append(
                f"{self.changed_share:.0%} of the delivered records would change"
                f" (max_changed_share {most:.0%})"
            )
        found += self._deletions_to_ask_for
        if guards.max_rows is not None and self.sent_count > guards.max_rows:
            found.append(
                f"{self.sent_count:,} records would be sent"
                f" (max_rows {guards.max_rows:,})"
            )
        if guards.min_rows is not None and self.row_count < guards.min_rows:
            found.append(
                f"the model has {self.row_count:,} rows (min_rows {guards.min_rows:,})"
            )
        return tuple(found)

    @property
    def _deletions_to_ask_for(self) -> list[str]:
        most = self.sync.meta.guards.max_deleted_share
        if most is None or not self.deleted_count:
            return []
        if not self.known_count:
            # the first run of a mode of deletions: no share can be told
            would = (
                f"{self.deleted_count:,} records would be deleted, and of what share"
                " cannot be told, as nothing was delivered before"
            )
        elif self.deleted_share > most:
            would = (
                f"{self.deleted_share:.0%} of the delivered records would be deleted"
            )
        else:
            return []
        return [f"{would} (max_deleted_share {most:.0%})"]

    def records(
        self, limit: int | None = None, action: str = "", key: str = ""
    ) -> Iterator[Planned]:
        """Yield what is to be sent, deletions last; needs no warehouse.

        Args:
            limit: At most so many.
            action: Only these.
            key: Only this record.
        """
        if not self.file.exists():
            return
        columns = self.sync.fields.columns
        with duckdb.connect() as reader:
            reader.execute("set TimeZone = 'UTC'")
            found = reader.execute(
                "select * from read_parquet($file) where $action in ('', action)"
                " and $key in ('', record_key) limit $most",
                {
                    "file": str(self.file),
                    "action": action,
                    "key": key,
                    "most": 2**62 if limit is None else limit,
                },
            )
            structured = json_columns(found)
            while rows := found.fetchmany(_READ_ROWS):
                for row in rows:
                    yield planned_of(columns, structured, *row)


def json_columns(found: duckdb.DuckDBPyConnection) -> frozenset[int]:
    """Return which mapped columns of a plan's rows hold JSON, by their place."""
    described = (found.description or [])[_FIRST_COLUMN:]
    return frozenset(n for n, one in enumerate(described) if str(one[1]) == "JSON")


def planned_of(
    columns: Sequence[str],
    structured: Collection[int],
    action: Any,
    key: str,
    row_hash: int,
    before: str | None,
    *values: Any,
) -> Planned:
    """Return a record as a row of the plan's file holds it.

    Args:
        columns: Mapped columns.
        structured: Which of them hold JSON, by place: the tool gets what it says.
        action: What is done with the record.
        key: Its key.
        row_hash: Its hash.
        before: What was last delivered, as JSON.
        values: Of the mapped columns.
    """
    row = dict(zip(columns, map(plain, values), strict=True))
    for number in structured:
        name = columns[number]
        row[name] = None if row[name] is None else _decode_any(row[name])
    told = None if before is None else _decode(before)
    return Planned(action, key, row_hash, row, told)

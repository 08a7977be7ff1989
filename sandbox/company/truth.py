"""The truth, kept apart from what the company emits: a Parquet file per table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

ROWS_PER_GROUP = 10_000
TEXT, NUMBER, FLAG = pa.string(), pa.float64(), pa.bool_()
DAY, TIME = pa.date32(), pa.timestamp("us", tz="UTC")
TABLES: dict[str, dict[str, pa.DataType]] = {
    "persons": {
        "person_id": TEXT, "kind": TEXT, "first_name": TEXT, "last_name": TEXT,
        "birth_date": DAY, "orders_per_day": NUMBER, "dropout": NUMBER,
        "spend_level": NUMBER, "visits_per_day": NUMBER, "has_weekly_habit": FLAG,
        "grumpiness": NUMBER, "open_rate": NUMBER, "arrived_at": TIME, "left_at": TIME,
    },
    "identifiers": {
        "person_id": TEXT, "identifier_type": TEXT, "identifier_value": TEXT,
        "is_shared": FLAG,
    },
    "subscriptions": {
        "person_id": TEXT, "subscription_id": TEXT, "plan_name": TEXT,
        "started_at": TIME, "cancelled_at": TIME, "reason": TEXT,
        "disposition": NUMBER,
    },
    "hazards": {
        "person_id": TEXT, "user_id": TEXT, "subscription_id": TEXT,
        "month_start": TIME, "hazard": NUMBER, "is_cancelled": FLAG,
        "is_complete": FLAG,
    },
    "tastes": {"person_id": TEXT, "taste_name": TEXT, "weight": NUMBER},
    "products": {
        "product_id": TEXT, "category": TEXT, "popularity": NUMBER,
        "factors": pa.list_(pa.float64()),
    },
    "order_causes": {
        "person_id": TEXT, "order_id": TEXT, "cause": TEXT, "touch_message_id": TEXT,
        "campaign_name": TEXT, "ordered_at": TIME,
    },
    "ad_effects": {
        "person_id": TEXT, "order_id": TEXT, "platform": TEXT, "campaign_name": TEXT,
        "ad_id": TEXT, "click_id": TEXT, "is_caused": FLAG, "order_amount": NUMBER,
        "clicked_at": TIME, "ordered_at": TIME,
    },
    "support_contacts": {
        "person_id": TEXT, "ticket_id": TEXT, "sentiment": TEXT, "contacted_at": TIME,
    },
    "dirty": {
        "message_id": TEXT, "source_id": TEXT, "kind": TEXT, "expected_reason": TEXT,
        "occurred_at": TIME,
    },
}  # fmt: skip


class TruthFiles:
    """Writes the truth as it comes, in constant memory; a context manager.

    The files appear under their names only when all of them are complete.

    Args:
        folder: Where ``<table>.parquet`` are written; made where it is absent.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
        self._writers = {
            name: pq.ParquetWriter(self._unfinished(name), self._schema(name))
            for name in TABLES
        }

    def __enter__(self) -> Self:
        """Return itself, open."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Complete the files, or remove them where the block failed."""
        for name, writer in self._writers.items():
            if kind is None:
                self._flush(name)
            writer.close()
            if kind is None:
                self._unfinished(name).replace(self._folder / f"{name}.parquet")
            else:
                self._unfinished(name).unlink()

    def write(self, truth: Mapping[str, Sequence[dict[str, Any]]]) -> None:
        """Add rows to their tables."""
        for name, rows in truth.items():
            self._rows[name].extend(rows)
            if len(self._rows[name]) >= ROWS_PER_GROUP:
                self._flush(name)

    def _flush(self, name: str) -> None:
        table = pa.Table.from_pylist(self._rows[name], schema=self._schema(name))
        self._writers[name].write_table(table)
        self._rows[name].clear()

    def _schema(self, name: str) -> pa.Schema:
        return pa.schema(list(TABLES[name].items()))

    def _unfinished(self, name: str) -> Path:
        return self._folder / f"{name}.parquet.unfinished"

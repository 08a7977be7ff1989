"""The event log as a dlt source: Arrow batches that DuckDB reads from the segments.

How far each partition has been read is dlt state, which is committed with the rows. A
line that is no JSON object with the topic's key lands in ``raw_events.quarantine`` with
the reason ``unreadable_line``: nothing of the log is skipped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dlt
import duckdb
import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from cdp.settings import Settings
from ingestion.event_log import end_positions, segments
from ingestion.sources.event_tables import EVENT_TABLES, QUARANTINE, EventTable
from ingestion.sources.log_batches import LogBatch, read_batches

LIMIT_BYTES = 1024 * 1024 * 1024
_UNREADABLE = "unreadable_line"


def source(
    settings: Settings,
    *,
    limit_bytes: int = LIMIT_BYTES,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> Any:
    """Return the dlt source of the three topics.

    Args:
        settings: The workspace, whose event log is read.
        limit_bytes: How much of each topic one load takes at most; the next load goes
            on there.
        progress: Told the table, the bytes read and the bytes there are to read.
    """
    folder = settings.event_log_dir

    @dlt.source(name="events", max_table_nesting=0)
    def events() -> list[Any]:
        return [
            _resource(table, folder, limit_bytes, progress) for table in EVENT_TABLES
        ]

    return events()


def is_larger_than_one_load(settings: Settings) -> bool:
    """Whether reading the log from its beginning would take more than one load."""
    return any(
        sum(each.size for each in segments(settings.event_log_dir, table.topic))
        > LIMIT_BYTES
        for table in EVENT_TABLES
    )


def _resource(
    table: EventTable,
    folder: Path,
    limit_bytes: int,
    progress: Callable[[str, int, int], None],
) -> Any:
    @dlt.resource(
        name=table.name,
        write_disposition="append",
        columns=table.dlt_columns(),
        file_format="parquet",
    )
    def lines() -> Iterator[Any]:
        yield dlt.mark.materialize_table_schema()
        positions = dlt.current.resource_state().setdefault("positions", {})
        reader = _Reader(table, datetime.now(UTC))
        start = sum(positions.values())
        there = sum(end_positions(folder, table.topic).values()) - start
        for batch in read_batches(
            folder, table.topic, dict(positions), limit_bytes=limit_bytes
        ):
            yield from reader.items(batch)
            positions[batch.partition] = batch.end_offset
            progress(table.name, sum(positions.values()) - start, there)

    return lines


class _Reader:
    """Turns batches of lines into batches of rows."""

    def __init__(self, table: EventTable, loaded_at: datetime) -> None:
        self._table, self._loaded_at = table, loaded_at
        self._connection = duckdb.connect()
        self._connection.execute("set TimeZone = 'UTC'")

    def items(self, batch: LogBatch) -> Iterator[Any]:
        """Yield the rows of a batch, and apart from them its unreadable lines."""
        try:
            rows = self._rows(self._table, batch.lines, batch.partition)
        except duckdb.InvalidInputException:  # a line is no JSON: find out which
            rows = None
        if rows is not None and rows[self._table.columns[0].name].null_count == 0:
            yield rows
            return
        lines = batch.lines["line"].combine_chunks().cast(pa.large_binary())
        readable = pa.array(
            [self._is_readable(line or b"") for line in lines.to_pylist()]
        )
        yield self._rows(self._table, batch.lines.filter(readable), batch.partition)
        unreadable = batch.lines.filter(pc.invert(readable))
        if unreadable.num_rows:
            yield self._quarantined(unreadable, batch.partition)

    def _rows(self, table: EventTable, lines: pa.Table, partition: str) -> pa.Table:
        self._connection.register("log_lines", lines)
        return self._connection.execute(
            table.query("log_lines"),
            {"partition": partition, "loaded_at": self._loaded_at},
        ).to_arrow_table()

    def _is_readable(self, line: bytes) -> bool:
        try:
            parsed = msgspec.json.decode(line)
        except ValueError:  # no JSON, or bytes that are no text
            return False
        key = self._table.columns[0].field
        return isinstance(parsed, dict) and parsed.get(key) is not None

    def _quarantined(self, lines: pa.Table, partition: str) -> Any:
        place = f"{self._table.topic}/{partition}"
        bodies = [
            json.dumps(
                {
                    "quarantineId": f"{place}:{offset.as_py()}",
                    "receivedAt": self._loaded_at.isoformat(),
                    "reason": _UNREADABLE,
                    "body": line,
                }
            )
            for line, offset in zip(
                _decoded(lines["line"]), lines["log_offset"], strict=True
            )
        ]
        rebuilt = lines.set_column(0, "line", pa.array(bodies, pa.large_string()))
        return dlt.mark.with_hints(
            self._rows(QUARANTINE, rebuilt, place),
            dlt.mark.make_hints(
                table_name=QUARANTINE.name,
                columns=QUARANTINE.dlt_columns(),
                write_disposition="append",
                file_format="parquet",
            ),
            create_table_variant=True,
        )


def _decoded(column: Any) -> list[str]:
    # a broken line may hold bytes that are no text
    return [
        (value or b"").decode("utf-8", "replace").rstrip("\n")
        for value in column.combine_chunks().cast(pa.large_binary()).to_pylist()
    ]

"""The event log as Arrow: whole lines with the position each one came from.

The bytes of a segment become an Arrow column without a copy: a line is a slice of what
was read, and where it starts is its offset in the log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from cdp.errors import Misconfigured
from ingestion.event_log import Segment, segments

BATCH_BYTES = 16 * 1024 * 1024
LINES_PER_THREAD = 2048
_NEWLINE = 10


@dataclass(frozen=True, slots=True)
class LogBatch:
    """Consecutive whole lines of one partition.

    Attributes:
        partition: The log's partition.
        lines: Columns ``line`` and ``log_offset`` (of the line's first byte).
        end_offset: Offset after the last line: where the next batch starts.
    """

    partition: str
    lines: pa.Table
    end_offset: int


def read_batches(
    folder: Path,
    topic: str,
    positions: Mapping[str, int],
    *,
    limit_bytes: int,
    batch_bytes: int = BATCH_BYTES,
) -> Iterator[LogBatch]:
    """Read what a topic has after the given positions, oldest first per partition.

    Args:
        folder: The event log.
        topic: Such as ``accepted``.
        positions: Offset per partition to start from; absent means the beginning.
        limit_bytes: Stop once this much has been read; the rest is for the next time.
        batch_bytes: How much is held in memory at once, unless one line is longer.

    Raises:
        Misconfigured: A position lies beyond the end of its partition, so the log is
            not the one that was loaded before.
    """
    left = limit_bytes
    by_partition: dict[str, list[Segment]] = {}
    for segment in segments(folder, topic):
        by_partition.setdefault(segment.partition, []).append(segment)
    _refuse_shorter_log(folder, topic, by_partition, positions)
    for partition, found in sorted(by_partition.items()):
        for segment in sorted(found, key=lambda each: each.base_offset):
            start = max(positions.get(partition, 0), segment.base_offset)
            for batch in _read_segment(segment, start, batch_bytes):
                yield batch
                left -= batch.lines.nbytes
                if left <= 0:
                    return


def _refuse_shorter_log(
    folder: Path,
    topic: str,
    by_partition: Mapping[str, list[Segment]],
    positions: Mapping[str, int],
) -> None:
    for partition, position in positions.items():
        found = by_partition.get(partition, [])
        end = max((each.end_offset for each in found), default=0)
        if position > end:
            raise Misconfigured(
                f"{position:,} bytes were loaded before, but the log ends at {end:,}: "
                "it is not the log that this warehouse was loaded from",
                place=str(folder / topic / partition),
                fix="Restore the log, or point CDP_DATA_DIR at a new folder",
            )


def _read_segment(segment: Segment, start: int, batch_bytes: int) -> Iterator[LogBatch]:
    with segment.path.open("rb") as file:
        while start < segment.end_offset:
            file.seek(start - segment.base_offset)
            text = _whole_lines(file.read(min(batch_bytes, segment.end_offset - start)))
            if not text:  # one line is longer than the batch
                batch_bytes *= 2
                continue
            lines = _as_table(text, start)
            start += len(text)
            yield LogBatch(segment.partition, lines, start)


def _whole_lines(read: bytes) -> bytes:
    end = read.rfind(b"\n") + 1
    return read if end == len(read) else read[:end]


def _as_table(text: bytes, start: int) -> pa.Table:
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == _NEWLINE) + 1
    offsets = np.concatenate((np.zeros(1, np.int64), ends.astype(np.int64)))
    column = pa.LargeStringArray.from_buffers(
        len(ends), pa.py_buffer(offsets.tobytes()), pa.py_buffer(text)
    )
    table = pa.table({"line": column, "log_offset": pa.array(offsets[:-1] + start)})
    # DuckDB gives each record batch to a thread; cutting one up copies nothing
    return pa.Table.from_batches(table.to_batches(max_chunksize=LINES_PER_THREAD))

"""Reading the event log: segments, positions, whole lines that are on disk.

The writer of a partition leaves a mark at the offset up to which it has synced. Readers
stop there, so that nothing is loaded or delivered which a power cut could still take
back, and a position never points behind what the log holds afterwards. A partition
without a mark (written by hand) is read to its last whole line.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

SUFFIX = ".ndjson"
_MARK = "synced.offset"
_MARK_FORMAT = b"%020d\n"
_MARK_BYTES = 21
_TAIL_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Segment:
    """One file of a partition.

    Attributes:
        partition: The partition's name.
        base_offset: Offset of the file's first byte.
        path: The file.
        size: Bytes in whole lines that are on disk; a line that is being written does
            not count.
    """

    partition: str
    base_offset: int
    path: Path
    size: int

    @property
    def end_offset(self) -> int:
        """Offset after the last whole line."""
        return self.base_offset + self.size


class SyncedMark:
    """The writer's side of the mark.

    Args:
        folder: The partition's folder.
    """

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / _MARK, os.O_RDWR | os.O_CREAT, 0o644)

    def move(self, offset: int) -> None:
        """Let readers read up to this offset.

        It stands there twice and the lower one counts, so that a reader that looks in
        between is not misled. It is not synced itself: the writer sets it anew when it
        starts.
        """
        os.pwrite(self._file, _MARK_FORMAT % offset * 2, 0)

    def close(self) -> None:
        """Close the file; the mark stays."""
        os.close(self._file)


def segments(folder: Path, topic: str) -> list[Segment]:
    """Return a topic's segments, by partition and offset; none where it is absent."""
    found = []
    for partition in sorted((folder / topic).glob("*/")):
        paths = sorted(partition.glob(f"*{SUFFIX}"))
        mark = _read_mark(partition)
        for path in paths:
            base = int(path.stem)
            with path.open("rb") as file:
                size = whole_size(file.fileno())
            if mark is not None:
                size = max(0, min(size, mark - base))
            found.append(Segment(partition.name, base, path, size))
    return found


def end_positions(folder: Path, topic: str) -> dict[str, int]:
    """Return, by partition, the offset after the last whole line."""
    return {
        segment.partition: segment.end_offset for segment in segments(folder, topic)
    }


def read(
    folder: Path, topic: str, positions: Mapping[str, int], limit_bytes: int
) -> Iterator[tuple[str, int, bytes]]:
    """Yield whole lines from the positions on, partition by partition.

    Args:
        folder: The log's folder.
        topic: Which topic.
        positions: Offset to start from, by partition; an absent one starts at 0.
        limit_bytes: Stop after this many bytes of each partition.

    Yields:
        Partition, offset after the line, and the line without its line feed.
    """
    taken: dict[str, int] = {}
    for segment in segments(folder, topic):
        start = max(positions.get(segment.partition, 0), segment.base_offset)
        left = limit_bytes - taken.get(segment.partition, 0)
        if start >= segment.end_offset or left <= 0:
            continue
        for offset, line in _lines(segment, start, left):
            taken[segment.partition] = taken.get(segment.partition, 0) + len(line) + 1
            yield segment.partition, offset, line


def read_partition(
    folder: Path, topic: str, partition: str, offset: int = 0
) -> Iterator[tuple[int, bytes]]:
    """Yield a partition's whole lines from an offset on, each with the offset after."""
    for segment in segments(folder, topic):
        start = max(offset, segment.base_offset)
        if segment.partition == partition and start < segment.end_offset:
            yield from _lines(segment, start, segment.size)


def _lines(segment: Segment, start: int, limit: int) -> Iterator[tuple[int, bytes]]:
    offset = start
    with segment.path.open("rb") as file:
        file.seek(start - segment.base_offset)
        while offset < segment.end_offset and offset - start < limit:
            line = file.readline()
            offset += len(line)
            yield offset, line[:-1]


def _read_mark(partition: Path) -> int | None:
    try:
        content = (partition / _MARK).read_bytes()
    except FileNotFoundError:
        return None
    if len(content) != 2 * _MARK_BYTES:
        return None
    return min(int(content[:_MARK_BYTES]), int(content[_MARK_BYTES:]))


def whole_size(file: int) -> int:
    """Return the size of an open file up to and with its last line feed."""
    size = os.fstat(file).st_size
    while size > 0:
        start = max(0, size - _TAIL_BYTES)
        end = os.pread(file, size - start, start).rfind(b"\n")
        if end >= 0:
            return start + end + 1
        size = start
    return 0

"""The event log: topics of partitions of files that only grow.

A topic is a folder, a partition a folder in it, a segment a file of newline-delimited
JSON named by the offset of its first byte. An offset is a byte position within its
partition, so seeking is arithmetic and DuckDB reads a segment as it is. One process
writes a partition. After a crash the writer cuts a torn last line; readers read whole
lines only.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from cdp.errors import Misconfigured, Unavailable

SEGMENT_BYTES = 64 * 1024 * 1024
_TAIL_BYTES = 64 * 1024
_SUFFIX = ".ndjson"


@dataclass(frozen=True, slots=True)
class Segment:
    """One file of a partition.

    Attributes:
        partition: The partition's name.
        base_offset: Offset of the file's first byte.
        path: The file.
        size: Bytes in whole lines; a line that is being written does not count.
    """

    partition: str
    base_offset: int
    path: Path
    size: int

    @property
    def end_offset(self) -> int:
        """Offset after the last whole line."""
        return self.base_offset + self.size


class EventLog:
    """The one writer of a partition.

    Args:
        folder: The log's folder, which holds the topics.
        topic: Such as ``accepted``.
        partition: One per writing process.
        segment_bytes: A segment that has reached this size is followed by a new one.

    Raises:
        Misconfigured: Another process writes this partition.
    """

    def __init__(
        self,
        folder: Path,
        topic: str,
        partition: str = "0",
        *,
        segment_bytes: int = SEGMENT_BYTES,
    ) -> None:
        self._folder = folder / topic / partition
        self._folder.mkdir(parents=True, exist_ok=True)
        self._segment_bytes = segment_bytes
        self._lock = FileLock(self._folder / "writer.lock")
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise Misconfigured(
                "another process writes this partition",
                place=str(self._folder),
                fix="Stop it, or give this one a partition of its own",
            ) from error
        self._open_last()

    def _open_last(self) -> None:
        names = sorted(self._folder.glob(f"*{_SUFFIX}"))
        path = names[-1] if names else self._folder / _name(0)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        self._base = int(path.stem)
        self._size = _whole_size(self._file)
        self._is_torn = False
        os.ftruncate(self._file, self._size)
        _sync_folder(self._folder)

    def append(self, lines: Sequence[bytes]) -> int:
        """Append lines, each without its line feed; durable only after ``sync``.

        Returns:
            The partition's end offset.

        Raises:
            Unavailable: The disk refused; nothing of these lines stays.
        """
        content = b"\n".join(lines) + b"\n" if lines else b""
        try:
            if self._is_torn:
                os.ftruncate(self._file, self._size)
                self._is_torn = False
            if self._size >= self._segment_bytes:
                self._roll()
            _write_whole(self._file, content)
        except OSError as error:
            self._is_torn = True  # what was half written is cut before the next line
            raise Unavailable(
                f"the event log cannot be written ({error.strerror})",
                place=str(self._folder),
                fix="Free some disk space",
            ) from error
        self._size += len(content)
        return self.end_offset()

    def sync(self) -> None:
        """Return once all that was appended is on disk.

        Raises:
            Unavailable: The disk could not promise it.
        """
        try:
            os.fdatasync(self._file)
        except OSError as error:
            raise Unavailable(
                f"the event log cannot be synced ({error.strerror})",
                place=str(self._folder),
            ) from error

    def end_offset(self) -> int:
        """Return the offset after the last appended line."""
        return self._base + self._size

    def close(self) -> None:
        """Sync, close the file and let another process write."""
        self.sync()
        os.close(self._file)
        self._lock.release()

    def _roll(self) -> None:
        self.sync()
        os.close(self._file)
        self._base, self._size = self._base + self._size, 0
        path = self._folder / _name(self._base)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        _sync_folder(self._folder)


def segments(folder: Path, topic: str) -> list[Segment]:
    """Return a topic's segments, by partition and offset; none where it is absent."""
    found = []
    for path in sorted((folder / topic).glob(f"*/*{_SUFFIX}")):
        with path.open("rb") as file:
            size = _whole_size(file.fileno())
        found.append(Segment(path.parent.name, int(path.stem), path, size))
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


def _lines(segment: Segment, start: int, limit: int) -> Iterator[tuple[int, bytes]]:
    offset = start
    with segment.path.open("rb") as file:
        file.seek(start - segment.base_offset)
        while offset < segment.end_offset and offset - start < limit:
            line = file.readline()
            offset += len(line)
            yield offset, line[:-1]


def _name(offset: int) -> str:
    return f"{offset:020d}{_SUFFIX}"


def _whole_size(file: int) -> int:
    """Return the size up to and with the last line feed."""
    size = os.fstat(file).st_size
    while size > 0:
        start = max(0, size - _TAIL_BYTES)
        end = os.pread(file, size - start, start).rfind(b"\n")
        if end >= 0:
            return start + end + 1
        size = start
    return 0


def _write_whole(file: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(file, view) :]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

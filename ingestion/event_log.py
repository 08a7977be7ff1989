"""The event log: topics of partitions of files that only grow.

A topic is a folder, a partition a folder in it, a segment a file of newline-delimited
JSON named by the offset of its first byte. An offset is a byte position within its
partition, so seeking is arithmetic and DuckDB reads a segment as it is. One process
writes a partition. After a crash the writer cuts a torn last line; readers read whole
lines that are on disk, and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from cdp.errors import Misconfigured, Unavailable
from ingestion.log_segments import (
    SUFFIX,
    Segment,
    SyncedMark,
    end_positions,
    read,
    segments,
    whole_size,
)

__all__ = ["EventLog", "Segment", "end_positions", "read", "segments"]

SEGMENT_BYTES = 64 * 1024 * 1024


class EventLog:
    """The one writer of a partition.

    Args:
        folder: The log's folder, which holds the topics.
        topic: Such as ``accepted``.
        partition: One per writing process.
        segment_bytes: A segment that has reached this size is followed by a new one.

    Raises:
        Misconfigured: Another process writes this partition.
        Unavailable: The disk cannot promise what the log holds already.
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
        names = sorted(self._folder.glob(f"*{SUFFIX}"))
        path = names[-1] if names else self._folder / _name(0)
        self._base = int(path.stem)
        self._mark = SyncedMark(self._folder)
        self._file = _open(path)
        self._size = self._synced = whole_size(self._file)
        self._is_torn = True  # whatever stands after the last whole line
        for folder in (self._folder, *self._folder.parents[:3]):
            _sync_folder(folder)
        self.append(())
        self.sync()

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
        """Return once all that was appended is on disk; readers see it from now on.

        Raises:
            Unavailable: The disk could not promise it; what was appended since the
                last sync does not stay.
        """
        try:
            os.fdatasync(self._file)
            self._mark.move(self.end_offset())
        except OSError as error:
            # A second sync would succeed without having written anything (the kernel
            # reports a lost page once), so the lines are cut and must be sent again.
            self._size = self._synced
            self._is_torn = True
            raise Unavailable(
                f"the event log cannot be synced ({error.strerror})",
                place=str(self._folder),
                fix="Look at the disk and the system's log",
            ) from error
        self._synced = self._size

    def end_offset(self) -> int:
        """Return the offset after the last appended line."""
        return self._base + self._size

    def close(self) -> None:
        """Sync, close the file and let another process write.

        Raises:
            Unavailable: The last lines could not be synced; it is closed all the same.
        """
        try:
            self.sync()
        finally:
            os.close(self._file)
            self._mark.close()
            self._lock.release()

    def _roll(self) -> None:
        self.sync()
        base = self.end_offset()
        following = _open(self._folder / _name(base))
        try:
            _sync_folder(self._folder)
        except OSError:
            os.close(following)
            raise
        os.close(self._file)
        self._file, self._base, self._size, self._synced = following, base, 0, 0


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)


def _name(offset: int) -> str:
    return f"{offset:020d}{SUFFIX}"


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

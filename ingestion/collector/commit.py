"""Group commit: many requests share one write and one sync of the disk."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from cdp.errors import Unavailable
from ingestion.event_log import EventLog

WAITING_BYTES = 64 * 1024 * 1024
FREE_BYTES = 2 * WAITING_BYTES  # what waits and what is being written must still fit
RETRY_AFTER_SECONDS = 2.0

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Group:
    """Lines of the requests that wait for the next commit."""

    accepted: list[bytes] = field(default_factory=list)
    quarantined: list[bytes] = field(default_factory=list)
    waiting: list[asyncio.Future[None]] = field(default_factory=list)
    size: int = 0


class Committer:
    """Writes lines to the event log; a request waits until its lines are on disk.

    Args:
        folder: The event log's folder.
        partition: This worker's partition.
        is_durable: False skips the sync, for the benchmark that measures its cost.
    """

    def __init__(
        self, folder: Path, partition: str = "0", *, is_durable: bool = True
    ) -> None:
        self._folder = folder
        self._accepted = EventLog(folder, "accepted", partition)
        self._quarantine = EventLog(folder, "quarantine", partition)
        self._is_durable = is_durable
        self._group = _Group()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="event-log")
        self._writing: asyncio.Task[None] | None = None

    async def commit(
        self, accepted: Sequence[bytes], quarantined: Sequence[bytes]
    ) -> None:
        """Return once these lines are on disk.

        Raises:
            Unavailable: The disk refused, or too much waits for it already.
        """
        group = self._group
        self._require_room(group)
        done = asyncio.get_running_loop().create_future()
        group.accepted += accepted
        group.quarantined += quarantined
        group.size += sum(map(len, accepted)) + sum(map(len, quarantined))
        group.waiting.append(done)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_groups())
        await done

    async def _write_groups(self) -> None:
        loop = asyncio.get_running_loop()
        while self._group.waiting:
            group, self._group = self._group, _Group()
            try:
                await loop.run_in_executor(self._writer, self._write, group)
            except Unavailable as error:
                _resolve(group, error)
            except Exception as error:  # noqa: BLE001 - those who wait need an answer
                _log.exception("the event log failed")
                _resolve(group, Unavailable(f"the event log failed: {error}"))
            else:
                _resolve(group, None)

    def _write(self, group: _Group) -> None:
        for log, lines in (
            (self._accepted, group.accepted),
            (self._quarantine, group.quarantined),
        ):
            if lines:
                log.append(lines)
                if self._is_durable:
                    log.sync()

    def require_ready(self) -> None:
        """Return when events would be taken now.

        Raises:
            Unavailable: The disk is full, or too much waits for it.
        """
        self._require_room(self._group)
        disk = os.statvfs(self._folder)
        if disk.f_bavail * disk.f_frsize < FREE_BYTES:
            raise Unavailable(
                "the disk is nearly full", retry_after_seconds=RETRY_AFTER_SECONDS
            )

    @staticmethod
    def _require_room(group: _Group) -> None:
        if group.size > WAITING_BYTES:
            raise Unavailable(
                "the event log is behind", retry_after_seconds=RETRY_AFTER_SECONDS
            )

    async def close(self) -> None:
        """Write what waits and close the log."""
        if self._writing is not None:
            await self._writing
        self._writer.shutdown()
        self._accepted.close()
        self._quarantine.close()


def _resolve(group: _Group, error: Unavailable | None) -> None:
    for done in group.waiting:
        if done.done():
            continue  # the client went away
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

"""Group commit: many requests share one write and one sync of the disk.

A second copy of a message that came lately is not written. One thread writes one group
after the other and remembers the ids of a group only after its sync, so a copy is
dropped only when the first one is on disk, or comes with it in the same group.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from cdp.errors import Unavailable
from ingestion.collector.limits import Limits
from ingestion.collector.pressure import RETRY_AFTER_SECONDS, FreeDisk
from ingestion.collector.receive import Lines
from ingestion.collector.seen import SeenIds, restore
from ingestion.event_log import EventLog

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Group:
    """Lines of the requests that wait for the next commit."""

    accepted: list[bytes] = field(default_factory=list)
    message_ids: list[str] = field(default_factory=list)
    quarantined: list[bytes] = field(default_factory=list)
    waiting: list[asyncio.Future[None]] = field(default_factory=list)
    size: int = 0


class Committer:
    """Writes lines to the event log; a request waits until its lines are on disk.

    Args:
        folder: The event log's folder.
        partition: This worker's partition.
        limits: What may wait, what the disk must have left, the window of ids.
        is_durable: False skips the sync, for the benchmark that measures its cost.

    Attributes:
        limits: As given, or the usual ones.
    """

    def __init__(
        self,
        folder: Path,
        partition: str = "0",
        limits: Limits | None = None,
        *,
        is_durable: bool = True,
    ) -> None:
        self.limits = limits = limits or Limits()
        self._accepted = EventLog(folder, "accepted", partition)
        self._quarantine = EventLog(folder, "quarantine", partition)
        # What waits and what is being written must still fit.
        free_bytes = max(limits.free_bytes, 2 * limits.waiting_bytes)
        self._disk = FreeDisk(folder, free_bytes)
        self._seen: SeenIds | None = None
        if limits.dedup_hours:
            self._seen = SeenIds(limits.dedup_hours, limits.dedup_ids)
            restore(self._seen, folder, partition, limits.dedup_hours)
        self._is_durable = is_durable
        self._group = _Group()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="event-log")
        self._writing: asyncio.Task[None] | None = None

    async def commit(self, lines: Lines) -> None:
        """Return once these lines are on disk.

        Raises:
            Unavailable: The disk refused, or too much waits for it already.
        """
        self._require_short_wait()
        group = self._group
        done = asyncio.get_running_loop().create_future()
        accepted, quarantined = lines.accepted, lines.quarantined
        group.accepted += accepted
        # Lines without ids are never a second copy.
        group.message_ids += lines.message_ids or [str(uuid4()) for _ in accepted]
        group.quarantined += quarantined
        size = sum(map(len, accepted)) + sum(map(len, quarantined))
        group.size += size
        self._disk.take(size)
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
        if self._seen is None:
            self._append(self._accepted, group.accepted)
        else:
            fresh = self._seen.look(group.message_ids)
            lines = group.accepted
            if len(fresh) < len(lines):
                lines = [lines[place] for place in fresh]
            self._append(self._accepted, lines)
            self._seen.remember(fresh)
        self._append(self._quarantine, group.quarantined)

    def _append(self, log: EventLog, lines: list[bytes]) -> None:
        if lines:
            log.append(lines)
            if self._is_durable:
                log.sync()

    def require_ready(self) -> None:
        """Return when events would be taken now.

        Raises:
            Unavailable: The disk is nearly full, or too much waits for it.
        """
        self._require_short_wait()
        self._disk.require()

    def _require_short_wait(self) -> None:
        if self._group.size > self.limits.waiting_bytes:
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

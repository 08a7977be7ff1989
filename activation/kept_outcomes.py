"""What became of events, kept in the topic ``deliveries`` as it is learned.

Each connection has a partition of its own, whose lock also keeps a second forwarder
out. Outcomes are synced a few at a time: an event whose outcome is on disk is never
sent again, whatever is killed.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from activation.connection import Connection, Prepared
from activation.destinations.outcome import Outcome, Status
from activation.dispatch import UNFINISHED
from activation.values import encode, plain
from ingestion.event_log import EventLog
from ingestion.log_segments import read_partition

DELIVERIES = "deliveries"
_FEWEST_TO_SYNC = 64
_LONGEST_WAIT_SECONDS = 0.2


class _Row(msgspec.Struct, frozen=True, rename="camel"):
    status: str = ""
    event_partition: str = ""
    event_offset: int = 0


_decode = msgspec.json.Decoder(_Row).decode
_FINAL = frozenset(set(Status) - UNFINISHED)


class KeptOutcomes:
    """The outcomes of one connection.

    Args:
        log_dir: The event log's folder.
        connection: Whose outcomes they are.
        partition: Another partition than the connection's own, for a replay.
        fields: What every row has besides.

    Raises:
        Misconfigured: Another process writes them.
    """

    def __init__(
        self,
        log_dir: Path,
        connection: Connection,
        partition: str = "",
        fields: Mapping[str, str] | None = None,
    ) -> None:
        self._log_dir = log_dir
        self._connection = connection
        self._partition = partition or connection.name
        self._fields = dict(fields or {})
        self._log = EventLog(log_dir, DELIVERIES, self._partition)
        # a request's records are settled together: no sync in the midst of them
        self._most = max(_FEWEST_TO_SYNC, connection.destination.limits.records)
        self._waiting: list[bytes] = []
        self._since = time.monotonic()

    def settled(self, offset: int) -> set[tuple[str, int]]:
        """Return the places of events whose final outcome stands after an offset."""
        lines = read_partition(self._log_dir, DELIVERIES, self._partition, offset)
        rows = (_decode(line) for _, line in lines)
        return {
            (row.event_partition, row.event_offset)
            for row in rows
            if row.status in _FINAL
        }

    def keep(self, event: Prepared, outcome: Outcome) -> None:
        """Note an outcome; it is on disk soon, and at the latest after ``sync``."""
        self._waiting.append(self._row(event, outcome))
        is_time = time.monotonic() - self._since > _LONGEST_WAIT_SECONDS
        if is_time or len(self._waiting) >= self._most:
            self.sync()

    def sync(self) -> int:
        """Return the end of the partition once all outcomes are on disk."""
        if self._waiting:
            self._log.append(self._waiting)
            self._log.sync()
            self._waiting = []
        self._since = time.monotonic()
        return self._log.end_offset()

    def close(self) -> None:
        """Sync, and let another process write."""
        try:
            self.sync()
        finally:
            self._log.close()

    def _row(self, event: Prepared, outcome: Outcome) -> bytes:
        return encode(
            {
                "deliveryId": str(uuid.uuid4()),
                "destination": self._connection.destination_name,
                "connection": self._connection.name,
                "messageId": event.message_id,
                "event": event.event,
                "status": outcome.status,
                "reason": outcome.reason or None,
                "httpStatus": outcome.http_status,
                "attempt": outcome.attempt,
                "attemptedAt": plain(datetime.now(UTC)),
                "eventPartition": event.place[0],
                "eventOffset": event.place[1],
                **self._fields,
            }
        )

"""Send simulated events with a real SDK, so that the collector meets real requests.

The SDK is segment-analytics-python. Its queue refuses what it cannot hold; here the
sender waits instead, so nothing is lost, and what the SDK gives up on is an error.
"""

from __future__ import annotations

import atexit
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from segment.analytics.client import Client

from cdp.errors import Misconfigured, Rejected, Unavailable
from sandbox.company.journal import Event

# Half of the SDK's queue: a rate-limited batch goes back into it and must find room.
WAITING_EVENTS, QUEUE_EVENTS = 5_000, 10_000
EVENTS_PER_REQUEST = 100
EVENTS_PER_REPORT = 1_000
SECONDS_BETWEEN_LOOKS = 0.002


@dataclass(frozen=True, slots=True)
class Sent:
    """How a delivery went.

    Attributes:
        event_count: Events handed to the SDK and acknowledged by the collector.
        seconds: How long it took, until the last acknowledgement.
    """

    event_count: int
    seconds: float


class EventSender:
    """Sends events, one SDK client per source.

    Args:
        collector_url: Such as ``http://127.0.0.1:8080``.
        write_keys: By source: ``web``, ``mobile`` and ``server``.
        progress: Called now and then with the number of events taken so far.
        attempts: How often the SDK tries again, after ever longer pauses.
    """

    def __init__(
        self,
        collector_url: str,
        write_keys: Mapping[str, str],
        progress: Callable[[int], None] | None = None,
        attempts: int = 6,
    ) -> None:
        self._failures: list[tuple[Exception, int]] = []
        self._clients = {
            source_id: Client(
                write_key,
                host=collector_url,
                max_queue_size=QUEUE_EVENTS,
                upload_size=EVENTS_PER_REQUEST,
                on_error=self._note_failure,
                max_retries=attempts,
                timeout=30,
            )
            for source_id, write_key in write_keys.items()
        }
        self._late: list[Event] = []
        self._taken = 0
        self._progress = progress
        self._started = time.monotonic()

    def send(self, events: Iterable[Event]) -> None:
        """Hand events to the SDK; late ones are kept back until ``finish``.

        Raises:
            CdpError: The collector refused a batch or could not be reached.
        """
        for event in events:
            if event.late_seconds:
                self._late.append(event)
            else:
                self._send_one(event)

    def finish(self) -> Sent:
        """Send what was late, wait for every acknowledgement, and report.

        Raises:
            CdpError: The collector refused a batch or could not be reached.
        """
        for event in self._late:
            self._send_one(event)
        self._late.clear()
        for client in self._clients.values():
            client.flush()
        self._raise_failure()
        if self._progress:
            self._progress(self._taken)
        return Sent(self._taken, time.monotonic() - self._started)

    def close(self) -> None:
        """Stop the SDK; what is still in its queue is given up."""
        for client in self._clients.values():
            client.join()
            atexit.unregister(client.join)

    def _send_one(self, event: Event) -> None:
        client = self._clients.get(event.source_id)
        if client is None:
            raise Misconfigured(
                f"no write key for source {event.source_id}",
                fix="Pass --write-keys web=…,mobile=…,server=…",
            )
        while client.queue.qsize() >= WAITING_EVENTS:
            self._raise_failure()
            time.sleep(SECONDS_BETWEEN_LOOKS)
        _hand_over(client, event)
        self._taken += 1
        if self._taken % EVENTS_PER_REPORT == 0:
            self._raise_failure()
            if self._progress:
                self._progress(self._taken)

    def _note_failure(self, error: Exception, batch: list[dict[str, Any]]) -> None:
        self._failures.append((error, len(batch)))

    def _raise_failure(self) -> None:
        if not self._failures:
            return
        error, _ = self._failures[0]
        lost = sum(count for _, count in self._failures)
        status = getattr(error, "status", None)
        message = f"{lost} events were not accepted: {error}"
        if status == 401:
            raise Misconfigured(message, fix="Check the write keys")
        if isinstance(status, int) and 400 <= status < 500:
            raise Rejected(message)
        raise Unavailable(
            message, fix="Start the collector and send again: nothing is counted twice"
        )


def _hand_over(client: Client, event: Event) -> None:
    body = event.body
    common: dict[str, Any] = {
        "user_id": body.get("userId"),
        "anonymous_id": body.get("anonymousId"),
        "message_id": body["messageId"],
        "context": dict(body["context"]),
        "timestamp": datetime.fromtimestamp(event.at, UTC),
    }
    if body["type"] == "track":
        client.track(event=body["event"], properties=body["properties"], **common)
    elif body["type"] == "identify":
        client.identify(traits=body["traits"], **common)
    elif body["type"] == "screen":
        client.screen(name=body["name"], properties=body["properties"], **common)
    else:
        client.page(properties=body["properties"], **common)

"""Post batches of events to a collector, as an SDK does.

A batch holds at most 100 events and about 450 KB, goes gzipped to ``/v1/batch``, and is
sent again when the collector cannot take it now. A repeated batch does no harm, for its
message ids are the same.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import msgspec

from cdp.errors import Misconfigured, Rejected, Unavailable

BATCH_EVENTS = 100
BATCH_BYTES = 450_000
ATTEMPTS = 10
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0
_TIMEOUT_SECONDS = 30.0
_encode = msgspec.json.Encoder().encode


def batches(events: Iterable[Any]) -> Iterator[list[bytes]]:
    """Yield encoded events in batches that a collector takes."""
    batch: list[bytes] = []
    size = 0
    for event in events:
        encoded = _encode(event)
        if batch and (len(batch) == BATCH_EVENTS or size + len(encoded) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(encoded)
        size += len(encoded)
    if batch:
        yield batch


class BatchClient:
    """A connection to one collector.

    Args:
        collector: Its address, such as ``http://127.0.0.1:8080``.
        write_key: Of the source that the events come from.
        attempts: How often a batch is sent before giving up.
        wait: Receives the seconds to wait between two attempts.
    """

    def __init__(
        self,
        collector: str,
        write_key: str,
        *,
        attempts: int = ATTEMPTS,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._collector, self._attempts, self._wait = collector, attempts, wait
        self._http = httpx.Client(auth=(write_key, ""), timeout=_TIMEOUT_SECONDS)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def post(self, batch: Sequence[bytes]) -> None:
        """Send one batch and return once the collector has it on disk.

        Raises:
            Misconfigured: The address or the write key is wrong.
            Rejected: The collector refuses the batch for good.
            Unavailable: It could not take it after all attempts.
        """
        # Without sentAt: the file's times are no device's clock, so nothing is to be
        # corrected by the difference to the collector's.
        body = gzip.compress(b'{"batch":[' + b",".join(batch) + b"]}", compresslevel=3)
        for attempt in range(1, self._attempts + 1):
            problem = self._attempt(body)
            if problem is None:
                return
            if attempt == self._attempts:
                raise problem
            backoff = min(FIRST_WAIT_SECONDS * 2 ** (attempt - 1), LONGEST_WAIT_SECONDS)
            asked = problem.retry_after_seconds
            self._wait(backoff if asked is None else asked)

    def _attempt(self, body: bytes) -> Unavailable | None:
        address = f"{self._collector.rstrip('/')}/v1/batch"
        try:
            answer = self._http.post(
                address,
                content=body,
                headers={
                    "Content-Encoding": "gzip",
                    "Content-Type": "application/json",
                },
            )
        except httpx.UnsupportedProtocol as error:
            raise Misconfigured(
                "an address begins with http:// or https://", place=self._collector
            ) from error
        except httpx.TransportError as error:
            return Unavailable(
                f"the collector does not answer ({type(error).__name__})",
                place=address,
                fix="Start it with `cdp collect`; the import then goes on from here",
            )
        return _problem(answer, address)


def _problem(answer: httpx.Response, address: str) -> Unavailable | None:
    """Return what is to be waited for, None if all is well, or raise."""
    status = answer.status_code
    said = answer.text.strip()[:200]
    if status == 200:
        return None
    if status in {408, 429} or status >= 500:
        return Unavailable(
            f"the collector answered {status} {said}",
            place=address,
            fix="Run the import again later; it goes on from here",
            retry_after_seconds=_retry_after(answer),
        )
    if status in {401, 403, 404}:
        raise Misconfigured(
            f"the collector answered {status} {said}",
            place=address,
            fix="Check --collector and --write-key",
        )
    raise Rejected(f"the collector answered {status} {said}", place=address)


def _retry_after(answer: httpx.Response) -> float | None:
    value = str(answer.headers.get("Retry-After", "")).strip()
    if value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())

"""Back-pressure: when the collector says "later" instead of taking what it may lose."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from cdp.errors import Unavailable

RETRY_AFTER_SECONDS = 2.0
_LOOK_SECONDS = 0.25
_BURST_SECONDS = 2.0


class TooMany(Unavailable):
    """A source sends more than it may; answered with 429."""


class FreeDisk:
    """How full the disk of the event log is.

    It is looked at four times a second at most; in between, what is being written
    counts as gone.

    Args:
        folder: The event log's folder.
        free_bytes: What must be left.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        folder: Path,
        free_bytes: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder, self._free_bytes, self._clock = folder, free_bytes, clock
        self._look_at = float("-inf")
        self._left = 0

    def require(self) -> None:
        """Return when there is room.

        Raises:
            Unavailable: The disk is nearly full.
        """
        now = self._clock()
        if now >= self._look_at:
            disk = os.statvfs(self._folder)
            self._left = disk.f_bavail * disk.f_frsize - self._free_bytes
            self._look_at = now + _LOOK_SECONDS
        if self._left < 0:
            raise Unavailable(
                "the disk is nearly full", retry_after_seconds=RETRY_AFTER_SECONDS
            )

    def take(self, size: int) -> None:
        """Count bytes that are about to be written."""
        self._left -= size


class Rates:
    """Events a second by source, as a bucket that may be overdrawn by one request.

    So a batch that is larger than the bucket is taken too, and paid for by a longer
    wait of the next. A bucket holds two seconds' worth, one event at least.

    Args:
        events_per_second: By source; an absent one is not limited.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        events_per_second: Mapping[str, float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rates, self._clock = events_per_second, clock
        self._left = {
            source: max(1.0, rate * _BURST_SECONDS)
            for source, rate in events_per_second.items()
        }
        self._filled_at = dict.fromkeys(events_per_second, clock())

    def require(self, source: str) -> None:
        """Return when the source may send.

        Raises:
            TooMany: It may not yet; the error says when.
        """
        rate = self._rates.get(source)
        if rate is None:
            return
        now = self._clock()
        left = self._left[source] + (now - self._filled_at[source]) * rate
        self._left[source] = left = min(left, max(1.0, rate * _BURST_SECONDS))
        self._filled_at[source] = now
        if left < 1:
            raise TooMany(
                f"the source may send {rate:g} events a second",
                retry_after_seconds=(1 - left) / rate,
            )

    def take(self, source: str, events: int) -> None:
        """Take what a source has sent out of its bucket."""
        if source in self._left:
            self._left[source] -= events

"""Events as lines of a file, in the shape in which a collector notes what it accepts.

Here an event arrives when it happened, a second or two later, whereas ``sending``
delivers a year at once: the file is for models that are built without a collector.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from sandbox.company.journal import Event
from sandbox.company.season import iso

SECONDS_TO_SEND, SECONDS_TO_RECEIVE = 1.2, 0.15
LIBRARIES = {
    "web": {"name": "analytics.js", "version": "1.84.3"},
    "mobile": {"name": "analytics-mobile", "version": "4.2.0"},
    "server": {"name": "analytics-python", "version": "2.4.0"},
}


def as_received(event: Event) -> dict[str, Any]:
    """Return one event with its source and its four times."""
    sent_at = event.at + SECONDS_TO_SEND + event.late_seconds
    body = {**event.body, "sourceId": event.source_id, "integrations": {}}
    body["context"] = {**body["context"], "library": LIBRARIES[event.source_id]}
    return {
        **body,
        "originalTimestamp": iso(event.at),
        "sentAt": iso(sent_at),
        "receivedAt": iso(sent_at + SECONDS_TO_RECEIVE),
        "timestamp": iso(event.at + SECONDS_TO_RECEIVE),
    }


class EventFile:
    """Writes events as NDJSON; close it when done.

    Args:
        path: The file; what was in it is replaced.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb")
        self._encode = msgspec.json.Encoder().encode

    def write(self, events: Iterable[Event]) -> None:
        """Append one line per event, but for those that the plan must refuse."""
        lines = [
            self._encode(as_received(event))
            for event in events
            if event.spoiled_as is None
        ]
        if lines:
            self._file.write(b"\n".join(lines) + b"\n")

    def close(self) -> None:
        """Flush and close the file."""
        self._file.close()

"""What is in quarantine: read from the log, chosen, counted.

An event stays in the topic for ever; it is healed when the partition ``retry`` of the
accepted events has a line with its ``quarantineId``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from cdp.errors import Rejected
from ingestion.event_log import read
from ingestion.log_segments import read_partition

ACCEPTED, QUARANTINE, RETRY = "accepted", "quarantine", "retry"
_ALL = 1 << 62
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events of the quarantine are meant; all where nothing is said.

    Attributes:
        events: Names in the plan, as sent where they are not in it, or types.
        reasons: Codes, such as ``unplanned_event``.
        sources: Names of sources.
        since: Arrived then or later, UTC.
        ids: Their ``quarantineId``.
    """

    events: frozenset[str] = frozenset()
    reasons: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    since: datetime | None = None
    ids: frozenset[str] = frozenset()

    def takes(self, row: Mapping[str, Any]) -> bool:
        """Whether a row of the quarantine is meant."""
        return (
            _is_in(self.events, title_of(row))
            and _is_in(self.reasons, row.get("reason"))
            and _is_in(self.sources, row.get("sourceId"))
            and _is_in(self.ids, row.get("quarantineId"))
            and (self.since is None or received_at(row) >= self.since)
        )


class Healed:
    """What was taken back already: the ids in the partition ``retry``, no other book.

    Args:
        folder: The event log.
    """

    def __init__(self, folder: Path) -> None:
        self.quarantine_ids: set[str] = set()
        self.message_ids: set[str] = set()
        for _, line in read_partition(folder, ACCEPTED, RETRY):
            kept = msgspec.json.decode(line, type=_Kept)
            self.add(kept.quarantine_id, kept.message_id)

    def add(self, quarantine_id: str, message_id: str) -> None:
        """Note one more."""
        self.quarantine_ids.add(quarantine_id)
        self.message_ids.add(message_id)

    def has(self, row: Mapping[str, Any]) -> bool:
        """Whether this row, or another copy of the same message, was taken back."""
        return (
            row["quarantineId"] in self.quarantine_ids
            or row.get("messageId") in self.message_ids
        )


class _Kept(msgspec.Struct, rename="camel"):
    quarantine_id: str = ""
    message_id: str = ""


def rows(folder: Path, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """Yield what is in quarantine, oldest first in each partition.

    Lines that are no JSON object are passed over; the loader shows them.
    """
    for _, _, line in read(folder, QUARANTINE, {}, _ALL):
        try:
            row = msgspec.json.decode(line)
        except msgspec.DecodeError:
            continue
        if isinstance(row, dict) and row.get("quarantineId") and wanted.takes(row):
            yield row


def counted(
    found: Iterable[Mapping[str, Any]], healed: Healed
) -> list[tuple[str, str, str, str, int, int, str]]:
    """Return reason, event, source, app version, how many, how many healed, last seen.

    The most frequent come first.
    """
    counts: Counter[tuple[str, str, str, str]] = Counter()
    taken_back: Counter[tuple[str, str, str, str]] = Counter()
    last: dict[tuple[str, str, str, str], str] = {}
    for row in found:
        key = (
            str(row.get("reason") or ""),
            title_of(row),
            str(row.get("sourceId") or ""),
            app_version_of(row.get("body")),
        )
        counts[key] += 1
        taken_back[key] += healed.has(row)
        last[key] = max(last.get(key, ""), str(row.get("receivedAt") or ""))
    ordered = sorted(counts, key=lambda key: (-counts[key], key))
    return [(*key, counts[key], taken_back[key], last[key]) for key in ordered]


def title_of(row: Mapping[str, Any]) -> str:
    """Return the name of the event, or else its type."""
    return str(row.get("event") or row.get("type") or "")


def app_version_of(event: Any) -> str:
    """Return ``context.app.version``; empty where it is not said."""
    for key in ("context", "app", "version"):
        event = event.get(key) if isinstance(event, Mapping) else None
    return "" if event is None else str(event)


def received_at(row: Mapping[str, Any]) -> datetime:
    """Return when the collector had it, UTC."""
    return datetime.fromisoformat(str(row["receivedAt"])).astimezone(UTC)


def moment_of(text: str, now: datetime) -> datetime:
    """Read ``7d``, ``24h``, ``30m`` (ago) or an ISO 8601 time or date, UTC.

    Raises:
        Rejected: It is neither.
    """
    number, unit = text[:-1], text[-1:]
    try:
        if number.isdecimal() and unit in _UNITS:
            return now - timedelta(**{_UNITS[unit]: int(number)})
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Rejected(
            f"{text!r} is no time", fix="Write 7d, 24h, 30m or 2026-05-01T12:00"
        ) from error


def _is_in(names: frozenset[str], value: Any) -> bool:
    return not names or value in names

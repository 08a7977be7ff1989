"""What is really sent, held against the plan: read from the event log alone."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from cdp.event import format_time
from cdp.plan_files import TRAITS
from cdp.tracking_plan import UNPLANNED_EVENT, TrackingPlan
from ingestion.event_log import read
from ingestion.quarantine import ACCEPTED, QUARANTINE, app_version_of

_ALL = 1 << 62
_CLOSE = 0.6


@dataclass(slots=True)
class Seen:
    """One event of one source.

    Attributes:
        count: How many arrived, whether accepted or set aside.
        violating: How many of them break the plan.
        quarantined: How many of them were set aside.
        last: When the last one arrived, ISO 8601.
        app_version: Of the last one that says it.
        properties: Names of the properties (or traits) that were sent.
    """

    count: int = 0
    violating: int = 0
    quarantined: int = 0
    last: str = ""
    app_version: str = ""
    properties: set[str] = field(default_factory=set)

    @property
    def share_violating(self) -> float:
        """Part of the events that break the plan, from 0 to 1."""
        return self.violating / self.count if self.count else 0.0


@dataclass(slots=True)
class Usage:
    """What arrived.

    Attributes:
        planned: By event of the plan (``traits`` for identify) and source.
        unplanned: By the name that was sent and source.
    """

    planned: dict[tuple[str, str], Seen] = field(default_factory=dict)
    unplanned: dict[tuple[str, str], Seen] = field(default_factory=dict)

    def never_sent(self, names: Iterable[str]) -> list[str]:
        """Return the events of the plan that no source sends."""
        sent = {name for name, _ in self.planned}
        return [name for name in names if name not in sent]


class _Line(msgspec.Struct, rename="camel"):
    type: str | None = None
    event: str | None = None
    source_id: str | None = None
    received_at: str = ""
    violations: list[Any] | None = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    context: Any = None
    quarantine_id: str | None = None
    reason: str | None = None
    body: Any = None


def usage_of(folder: Path, plan: TrackingPlan, since: datetime) -> Usage:
    """Count what arrived since a moment.

    What was taken back from the quarantine counts as what it is now, once.

    Args:
        folder: The event log.
        plan: What it is held against.
        since: Arrived then or later, UTC.
    """
    usage, start = Usage(), format_time(since)
    healed = set()
    for line in _lines(folder, ACCEPTED, start):
        if line.quarantine_id:
            healed.add(line.quarantine_id)
        name = _name_of(line.type, line.event, plan)
        seen = usage.planned.setdefault((name, line.source_id or ""), Seen())
        content = line.traits if name in {TRAITS, "group"} else line.properties
        _count(seen, line, content, line.context)
        seen.violating += bool(line.violations)
    for line in _lines(folder, QUARANTINE, start):
        if line.quarantine_id not in healed:
            _count_kept_back(usage, line, plan)
    return usage


def nearest(name: str, plan: TrackingPlan) -> str:
    """Return the planned event whose name or alias is most like a name; or nothing."""
    known = {_plain(each): each for each in plan.events}
    known |= {_plain(alias): event for alias, event in plan.renamed.items()}
    found = difflib.get_close_matches(_plain(name), list(known), n=1, cutoff=_CLOSE)
    return known[found[0]] if found else ""


def _plain(name: str) -> str:
    return name.lower().replace(" ", "_").replace("-", "_")


def _count_kept_back(usage: Usage, line: _Line, plan: TrackingPlan) -> None:
    name = _name_of(line.type, line.event, plan)
    is_unplanned = line.reason == UNPLANNED_EVENT and name not in plan.events
    table = usage.unplanned if is_unplanned else usage.planned
    if not is_unplanned and name not in {*plan.events, TRAITS}:
        return  # what is no event at all is nobody's
    body: Mapping[str, Any] = line.body if isinstance(line.body, dict) else {}
    content = body.get("traits" if name in {TRAITS, "group"} else "properties")
    seen = table.setdefault((name, line.source_id or ""), Seen())
    _count(seen, line, content, body.get("context"))
    seen.violating += 1
    seen.quarantined += 1


def _count(seen: Seen, line: _Line, content: Any, context: Any) -> None:
    seen.count += 1
    if isinstance(content, dict):
        seen.properties.update(content)
    if line.received_at >= seen.last:
        seen.last = line.received_at
        version = app_version_of({"context": context})
        seen.app_version = version or seen.app_version


def _name_of(event_type: str | None, event: str | None, plan: TrackingPlan) -> str:
    if event_type == "track" and event:
        return plan.renamed.get(event, event)
    return TRAITS if event_type == "identify" else event_type or event or ""


def _lines(folder: Path, topic: str, start: str) -> Iterator[_Line]:
    decode = msgspec.json.Decoder(_Line).decode
    for _, _, text in read(folder, topic, {}, _ALL):
        try:
            line = decode(text)
        except msgspec.DecodeError:
            continue  # the loader shows what is no event
        if line.received_at >= start:
            yield line

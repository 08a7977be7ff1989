"""From a body to lines of the event log: normalise, hold against the plan, encode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec

from cdp.errors import Misconfigured, Rejected
from cdp.event import INVALID_EVENT, Arrival, format_time, normalise
from cdp.event_time import is_time
from cdp.plan_schema import Violation
from cdp.settings import Settings
from cdp.tracking_plan import TrackingPlan
from ingestion.collector.answer import OK, Answer
from ingestion.collector.limits import Limits

_USUAL = Limits()
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Lines:
    """What goes to the two topics of the event log.

    Attributes:
        accepted: Events, encoded.
        quarantined: What is kept with its reason, encoded.
        message_ids: Those of ``accepted``, in order; where given, a second copy that
            comes soon after is acknowledged and not written.
        answer: What a webhook's vendor wants to hear instead of ``OK`` once it is on
            disk.
    """

    accepted: list[bytes]
    quarantined: list[bytes]
    message_ids: list[str] | None = None
    answer: Answer = OK


def sources_by_write_key(settings: Settings) -> dict[str, str]:
    """Return the event sources of ``headwater.yml`` by their write keys.

    Raises:
        Misconfigured: There is none, or two share a key.
    """
    sources: dict[str, str] = {}
    for name in settings.names("sources"):
        if settings.document["sources"][name].get("kind") != "events":
            continue
        key = str(settings.section(f"sources.{name}").get("write_key", ""))
        if not key or key in sources:
            raise Misconfigured(
                "the write key is empty or another source's",
                place=f"headwater.yml: sources.{name}.write_key",
                fix="Give each source a write key of its own",
            )
        sources[key] = name
    if not sources:
        raise Misconfigured(
            "no source of events",
            place="headwater.yml: sources",
            fix="Add one with kind: events and a write_key",
        )
    return sources


def receive(
    events: Sequence[Any],
    event_type: str | None,
    source_id: str,
    batch: Mapping[str, Any],
    plan: TrackingPlan,
    limits: Limits = _USUAL,
) -> Lines:
    """Turn events into lines; what breaks the plan goes to quarantine, alone.

    Args:
        events: Decoded JSON values.
        event_type: What the address says; None for a batch.
        source_id: Whose write key it was.
        batch: The whole body, for its ``sentAt``, and for ``context`` and
            ``integrations`` that hold for all of its events.
        plan: The tracking plan.
        limits: How large and how deep an event may be.

    Raises:
        Rejected: An event is nested too deeply to be written.
    """
    sent_at = batch.get("sentAt")
    arrival = _arrival(source_id, sent_at if is_time(sent_at) else None)
    if "batch" in batch:
        events = _with_shared(events, batch)
    try:
        return lines_of(events, event_type, arrival, plan, limits)
    except RecursionError as error:
        raise Rejected("the body is nested too deeply") from error


def _with_shared(events: Sequence[Any], batch: Mapping[str, Any]) -> Sequence[Any]:
    """Give events what their batch says for all of them; their own stands over it.

    Source: Segment's HTTP API and those that follow it, such as Customer.io's. What is
    switched off for a whole batch must stay off for each event.
    """
    shared = {
        name: value
        for name in ("context", "integrations")
        if (value := batch.get(name)) and isinstance(value, dict)
    }
    if not shared:
        return events
    return [
        raw
        | {
            name: value | (raw.get(name) or {})
            for name, value in shared.items()
            if isinstance(raw.get(name) or {}, dict)
        }
        if isinstance(raw, dict)
        else raw
        for raw in events
    ]


def set_apart(
    raw: Any,
    event_type: str | None,
    source_id: str,
    place: str,
    message: str,
    *,
    code: str = INVALID_EVENT,
) -> Lines:
    """Return the line that keeps what is no event, with the reason.

    Args:
        raw: What was sent.
        event_type: What the address says.
        source_id: Whose write key it was.
        place: The field that is wrong.
        message: What is wrong with it, in one sentence.
        code: The kind of violation.
    """
    violation = Violation(code, (place,), message)
    arrival = _arrival(source_id, None)
    row = _quarantine_row(raw, event_type, (violation,), arrival)
    return Lines([], [_encode(row)])


def _arrival(source_id: str, sent_at: str | None) -> Arrival:
    now = datetime.now(UTC)
    return Arrival(source_id, now, format_time(now), sent_at)


def lines_of(
    events: Sequence[Any],
    event_type: str | None,
    arrival: Arrival,
    plan: TrackingPlan,
    limits: Limits,
) -> Lines:
    """Do the same for events whose arrival is known: it may be long past.

    Raises:
        RecursionError: An event is nested too deeply to be written.
    """
    accepted: list[bytes] = []
    message_ids: list[str] = []
    quarantined = []
    most_bytes, most_depth = limits.event_bytes, limits.event_depth
    for raw in events:
        found = normalise(raw, event_type, arrival, plan)
        violations = found.violations
        if not found.is_quarantined:
            event = found.event
            line = _encode(event)
            if len(line) <= most_bytes and (
                _openings(line) <= most_depth or _depth(event) <= most_depth
            ):
                accepted.append(line)
                message_ids.append(event["messageId"])
                continue
            violations = (_over(line, limits),)
        row = _quarantine_row(raw, event_type, violations, arrival)
        # by the plan's name, so that counts of an event hold what broke it too
        row["event"] = plan.renamed.get(row["event"], row["event"])
        quarantined.append(_encode(row))
    return Lines(accepted, quarantined, message_ids)


def _over(line: bytes, limits: Limits) -> Violation:
    message = f"the event is nested deeper than {limits.event_depth} levels"
    if len(line) > limits.event_bytes:
        message = f"the event is larger than {limits.event_bytes} bytes"
    return Violation(INVALID_EVENT, (), message)


def _openings(line: bytes) -> int:
    """Count brackets: only an event with many may be nested too deep."""
    lists = line.count(b"[") if b"[" in line else 0  # to look costs less than to count
    return line.count(b"{") + lists


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0


def _quarantine_row(
    raw: Any,
    event_type: str | None,
    violations: Sequence[Violation],
    arrival: Arrival,
) -> dict[str, Any]:
    """Return all that it takes to judge the event again when the plan has changed."""
    fields = raw if isinstance(raw, dict) else {}
    return {
        "quarantineId": str(uuid4()),
        "receivedAt": arrival.received_text,
        "sentAt": arrival.sent_at,
        "sourceId": arrival.source_id,
        "messageId": _as_id(fields.get("messageId")),
        "type": event_type or _as_text(fields.get("type")),
        "event": _as_text(fields.get("event")),
        "reason": violations[0].code,
        "violations": [
            {"code": each.code, "place": each.place, "message": each.message}
            for each in violations
        ],
        "body": raw,
    }


def _as_id(value: Any) -> str | None:
    """Return an id as an accepted event has it: a number becomes text."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_number else _as_text(value)


def _as_text(value: Any) -> str | None:
    return value if isinstance(value, str) else None

"""From a body to lines of the event log: normalise, hold against the plan, encode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec

from cdp.errors import Misconfigured, Rejected
from cdp.event import INVALID_EVENT, Arrival, Normalised, format_time, normalise
from cdp.plan_schema import Violation
from cdp.settings import Settings
from cdp.tracking_plan import TrackingPlan
from ingestion.collector.answer import OK, Answer

MAX_EVENT_BYTES = 512 * 1024
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
    message_ids: Sequence[str] = ()
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
) -> Lines:
    """Turn events into lines; what breaks the plan goes to quarantine, alone.

    Args:
        events: Decoded JSON values.
        event_type: What the address says; None for a batch.
        source_id: Whose write key it was.
        batch: The whole body, for its ``sentAt``.
        plan: The tracking plan.

    Raises:
        Rejected: An event is nested too deeply to be written.
    """
    now = datetime.now(UTC)
    sent_at = batch.get("sentAt")
    arrival = Arrival(
        source_id, now, format_time(now), sent_at if isinstance(sent_at, str) else None
    )
    try:
        return _lines_of(events, event_type, arrival, plan)
    except RecursionError as error:
        raise Rejected("the body is nested too deeply") from error


def _lines_of(
    events: Sequence[Any],
    event_type: str | None,
    arrival: Arrival,
    plan: TrackingPlan,
) -> Lines:
    accepted, quarantined = [], []
    for raw in events:
        result = normalise(raw, event_type, arrival, plan)
        if not result.is_quarantined:
            line = _encode(result.event)
            if len(line) <= MAX_EVENT_BYTES:
                accepted.append(line)
                continue
            result = _too_large(result)
        row = _quarantine_row(raw, event_type, result, arrival)
        quarantined.append(_encode(row))
    return Lines(accepted, quarantined)


def _too_large(result: Normalised) -> Normalised:
    violation = Violation(
        INVALID_EVENT, (), f"the event is larger than {MAX_EVENT_BYTES} bytes"
    )
    return Normalised(result.event, (violation,), is_quarantined=True)


def _quarantine_row(
    raw: Any, event_type: str | None, result: Normalised, arrival: Arrival
) -> dict[str, Any]:
    """Return all that it takes to judge the event again when the plan has changed."""
    fields = raw if isinstance(raw, dict) else {}
    return {
        "quarantineId": str(uuid4()),
        "receivedAt": arrival.received_text,
        "sentAt": arrival.sent_at,
        "sourceId": arrival.source_id,
        "messageId": _as_text(fields.get("messageId")),
        "type": event_type or _as_text(fields.get("type")),
        "event": _as_text(fields.get("event")),
        "reason": result.violations[0].code,
        "violations": [
            {"code": each.code, "place": each.place, "message": each.message}
            for each in result.violations
        ],
        "body": raw,
    }


def _as_text(value: Any) -> str | None:
    return value if isinstance(value, str) else None

"""One event format: what any Segment or RudderStack SDK sends becomes an Event.

Source of the format: the Segment spec's common fields. SDKs differ in what they leave
out: empty strings and nulls count as absent, `timestamp` from an SDK is the original
time, identify's traits may stand in the context, `sentAt` may stand on the batch.
Clock skew: ``timestamp = receivedAt - (sentAt - originalTimestamp)``, unless both times
are sent: then the caller stated ``timestamp``, as rudder-sdk-node hands it on beside
its own clock, and it stands (RudderStack's server does the same).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import uuid4

from cdp.plan_schema import Violation
from cdp.tracking_plan import TrackingPlan, Verdict

EVENT_TYPES = frozenset({"track", "identify", "page", "screen", "group", "alias"})
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST_AHEAD = timedelta(hours=24)
INVALID_EVENT = "invalid_event"
IMPLAUSIBLE_TIME = "implausible_time"

_IDS = ("anonymousId", "userId", "previousId", "groupId", "messageId")
_TEXTS = ("event", "name", "channel")
_OBJECTS = ("context", "properties", "traits", "integrations")


@dataclass(frozen=True, slots=True)
class Arrival:
    """When and from where a request came.

    Attributes:
        source_id: The source's name in ``headwater.yml``.
        received_at: The collector's clock, UTC.
        received_text: The same as text, formatted once for the whole request.
        sent_at: The batch's ``sentAt``, where it had one.
    """

    source_id: str
    received_at: datetime
    received_text: str
    sent_at: str | None = None


@dataclass(frozen=True, slots=True)
class Normalised:
    """An event in our form, or what keeps it from being one.

    Attributes:
        event: The event; empty where it is too broken to be one.
        violations: What breaks the format or the plan, allowed breaches included.
        is_quarantined: It must not go on.
    """

    event: dict[str, Any]
    violations: tuple[Violation, ...]
    is_quarantined: bool


class _BrokenError(Exception):
    def __init__(self, code: str, place: str, message: str) -> None:
        super().__init__(message)
        self.violation = Violation(code, (place,) if place else (), message)


def normalise(
    raw: Any, event_type: str | None, arrival: Arrival, plan: TrackingPlan
) -> Normalised:
    """Make an Event of what an SDK sent and hold it against the plan.

    Args:
        raw: The decoded JSON value.
        event_type: What the address says (``/v1/track``); None on a batch, where each
            event says it itself.
        arrival: When and from where it came.
        plan: The tracking plan.

    Returns:
        The event with its violations; it never raises for what a sender did.
    """
    try:
        event = _common_fields(raw, event_type)
        _add_times(event, raw, arrival)
    except _BrokenError as broken:
        return Normalised({}, (broken.violation,), is_quarantined=True)
    is_identify = event["type"] in {"identify", "group"}
    content = event.get("traits" if is_identify else "properties") or {}
    verdict = plan.judge(event["type"], event.get("event"), content)
    if verdict.violations and not verdict.is_quarantined:
        _note(event, verdict)
    return Normalised(event, verdict.violations, verdict.is_quarantined)


def _common_fields(raw: Any, event_type: str | None) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise _BrokenError(INVALID_EVENT, "", "expected an object")
    kind = event_type or raw.get("type")
    if not isinstance(kind, str) or kind not in EVENT_TYPES:
        known = ", ".join(sorted(EVENT_TYPES))
        raise _BrokenError(INVALID_EVENT, "type", f"expected one of {known}")
    event: dict[str, Any] = {"messageId": None, "type": kind}
    for name, usual, accept in _FIELDS:
        value = raw.get(name)
        if value:
            event[name] = value if type(value) is usual else accept(name, value)
    _require_ids(event)
    if event["messageId"] is None:
        event["messageId"] = str(uuid4())
    if kind == "identify" and "traits" not in event:
        _move_traits(event)
    return event


def _identifier(name: str, value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise _BrokenError(INVALID_EVENT, name, "expected a string")


def _refuse(expected: str) -> Callable[[str, Any], Any]:
    def refuse(name: str, _value: Any) -> Any:
        raise _BrokenError(INVALID_EVENT, name, f"expected {expected}")

    return refuse


# Field, the type it is taken with as it is, and what becomes of another one.
_FIELDS = (
    *((name, str, _identifier) for name in _IDS),
    *((name, str, _refuse("a string")) for name in _TEXTS),
    *((name, dict, _refuse("an object")) for name in _OBJECTS),
)


def _require_ids(event: Mapping[str, Any]) -> None:
    if "anonymousId" not in event and "userId" not in event:
        raise _BrokenError(
            INVALID_EVENT, "anonymousId", "anonymousId or userId is required"
        )
    kind = event["type"]
    if kind == "track" and "event" not in event:
        raise _BrokenError(INVALID_EVENT, "event", "is required for track")
    if kind == "alias" and "previousId" not in event:
        raise _BrokenError(INVALID_EVENT, "previousId", "is required for alias")
    if kind == "group" and "groupId" not in event:
        raise _BrokenError(INVALID_EVENT, "groupId", "is required for group")


def _move_traits(event: dict[str, Any]) -> None:
    """Take identify's traits from where rudder-sdk-python puts them: the context."""
    context = event.get("context")
    if context and isinstance(context.get("traits"), dict):
        event["traits"] = context["traits"]
        event["context"] = {
            name: value for name, value in context.items() if name != "traits"
        }


def _add_times(event: dict[str, Any], raw: dict[str, Any], arrival: Arrival) -> None:
    received = arrival.received_at
    original_text = raw.get("originalTimestamp") or raw.get("timestamp")
    sent_text = raw.get("sentAt") or arrival.sent_at
    original = (
        _moment("originalTimestamp", original_text) if original_text else received
    )
    happened = original
    stated = raw.get("timestamp") if raw.get("originalTimestamp") else None
    if stated:
        happened = _moment("timestamp", stated)
    if sent_text:
        sent, event["sentAt"] = _sent(sent_text)
        if original_text and not stated:
            try:
                happened = received - (sent - original)
            except OverflowError:
                happened = original
    if happened < EARLIEST or happened > received + LATEST_AHEAD:
        raise _BrokenError(
            IMPLAUSIBLE_TIME,
            "originalTimestamp",
            "is before 2000 or more than a day ahead of the collector's clock",
        )
    event["originalTimestamp"] = format_time(original)
    event["timestamp"] = format_time(happened)
    event["receivedAt"] = arrival.received_text
    event["sourceId"] = arrival.source_id


def _sent(text: Any) -> tuple[datetime, str]:
    if isinstance(text, str):
        return _sent_at(text)
    raise _BrokenError(INVALID_EVENT, "sentAt", "expected an ISO 8601 time")


@lru_cache(maxsize=256)
def _sent_at(text: str) -> tuple[datetime, str]:
    """Read the time once for a whole batch."""
    sent = _moment("sentAt", text)
    return sent, format_time(sent)


def _moment(name: str, text: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise _BrokenError(INVALID_EVENT, name, "expected an ISO 8601 time") from None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    if moment.tzinfo is not UTC:
        try:
            return moment.astimezone(UTC)
        except OverflowError:
            raise _BrokenError(IMPLAUSIBLE_TIME, name, "is out of range") from None
    return moment


def format_time(moment: datetime) -> str:
    """Return a UTC time as ISO 8601 with milliseconds and ``Z``."""
    return moment.isoformat(timespec="milliseconds")[:23] + "Z"


def _note(event: dict[str, Any], verdict: Verdict) -> None:
    """Keep an allowed breach on the event, and take out what the plan strips."""
    event["violations"] = [
        {"code": violation.code, "place": violation.place}
        for violation in verdict.violations
    ]
    for path in reversed(dict.fromkeys(verdict.stripped)):  # indices stay right
        target: Any = event
        for part in path[:-1]:
            target = target[part]
        del target[path[-1]]

"""One event format: what any Segment or RudderStack SDK sends becomes an Event.

Source of the format: the Segment spec's common fields. SDKs differ in what they leave
out: empty strings and nulls count as absent, `timestamp` from an SDK is the original
time, identify's traits may stand in the context, `sentAt` may stand on the batch.
RudderStack's merge names pairs of identifiers of one person instead of an id; they are
kept as the property ``merge_properties``.
Its times are the work of ``cdp.event_time``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import msgspec

from cdp.event_time import (
    IMPLAUSIBLE_TIME,
    INVALID_EVENT,
    Arrival,
    BrokenError,
    add_times,
    format_time,
)
from cdp.plan_schema import Violation
from cdp.tracking_plan import TrackingPlan, Verdict

__all__ = [
    "EVENT_TYPES",
    "IMPLAUSIBLE_TIME",
    "INVALID_EVENT",
    "Arrival",
    "Normalised",
    "format_time",
    "normalise",
]
EVENT_TYPES = frozenset(
    {"track", "identify", "page", "screen", "group", "alias", "merge"}
)

_IDS = ("anonymousId", "userId", "previousId", "groupId", "messageId")
_TEXTS = ("event", "name", "channel")
_PAIR = ("type", "value")
_OBJECTS = ("context", "properties", "traits", "integrations")


class Normalised(msgspec.Struct, frozen=True, gc=False):
    """An event in our form, or what keeps it from being one.

    Attributes:
        event: The event; empty where it is too broken to be one.
        violations: What breaks the format or the plan, allowed breaches included.
        is_quarantined: It must not go on.
    """

    event: dict[str, Any]
    violations: tuple[Violation, ...]
    is_quarantined: bool


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
        The event with its violations; it never raises for what a sender did. What was
        sent under an alias has the plan's name, and the one it came with as
        ``sentName``.
    """
    try:
        event = _common_fields(raw, event_type)
        add_times(event, raw, arrival)
    except BrokenError as broken:
        return Normalised({}, (broken.violation,), is_quarantined=True)
    if event["type"] == "merge":  # nothing that a plan could judge
        return Normalised(event, (), is_quarantined=False)
    sent_name = event.get("event", "")
    if sent_name in plan.renamed:  # kept under the plan's name
        event["sentName"], event["event"] = sent_name, plan.renamed[sent_name]
    is_identify = event["type"] in {"identify", "group"}
    content = event.get("traits" if is_identify else "properties") or {}
    verdict = plan.judge(event["type"], event.get("event"), content)
    if verdict.violations and not verdict.is_quarantined:
        _note(event, verdict)
    return Normalised(event, verdict.violations, verdict.is_quarantined)


def _common_fields(raw: Any, event_type: str | None) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise BrokenError(INVALID_EVENT, "", "expected an object")
    kind = event_type or raw.get("type")
    if not isinstance(kind, str) or kind not in EVENT_TYPES:
        known = ", ".join(sorted(EVENT_TYPES))
        raise BrokenError(INVALID_EVENT, "type", f"expected one of {known}")
    event: dict[str, Any] = {"messageId": None, "type": kind}
    for name, usual, accept in _FIELDS:
        value = raw.get(name)
        if value:
            event[name] = value if type(value) is usual else accept(name, value)
    if kind == "merge":
        pairs = _merge_pairs(raw.get("mergeProperties"))
        event["properties"] = event.get("properties", {}) | {"merge_properties": pairs}
    else:
        _require_ids(event)
    if event["messageId"] is None:
        event["messageId"] = str(uuid4())
    if kind == "identify" and "traits" not in event:
        _move_traits(event)
    return event


def _identifier(name: str, value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise BrokenError(INVALID_EVENT, name, "expected a string")


def _refuse(expected: str) -> Callable[[str, Any], Any]:
    def refuse(name: str, _value: Any) -> Any:
        raise BrokenError(INVALID_EVENT, name, f"expected {expected}")

    return refuse


# Field, the type it is taken with as it is, and what becomes of another one.
_FIELDS = (
    *((name, str, _identifier) for name in _IDS),
    *((name, str, _refuse("a string")) for name in _TEXTS),
    *((name, dict, _refuse("an object")) for name in _OBJECTS),
)


def _require_ids(event: Mapping[str, Any]) -> None:
    if "anonymousId" not in event and "userId" not in event:
        raise BrokenError(
            INVALID_EVENT, "anonymousId", "anonymousId or userId is required"
        )
    kind = event["type"]
    if kind == "track" and "event" not in event:
        raise BrokenError(INVALID_EVENT, "event", "is required for track")
    if kind == "alias" and "previousId" not in event:
        raise BrokenError(INVALID_EVENT, "previousId", "is required for alias")
    if kind == "group" and "groupId" not in event:
        raise BrokenError(INVALID_EVENT, "groupId", "is required for group")


def _merge_pairs(value: Any) -> list[dict[str, str]]:
    pairs = value if isinstance(value, list) else []
    if len(pairs) < 2 or not all(
        isinstance(pair, dict)
        and all(isinstance(pair.get(key), str) and pair[key] for key in _PAIR)
        for pair in pairs
    ):
        message = "expected two or more objects with type and value, both strings"
        raise BrokenError(INVALID_EVENT, "mergeProperties", message)
    return pairs


def _move_traits(event: dict[str, Any]) -> None:
    """Take identify's traits from where rudder-sdk-python puts them: the context."""
    context = event.get("context")
    if context and isinstance(context.get("traits"), dict):
        event["traits"] = context["traits"]
        event["context"] = {
            name: value for name, value in context.items() if name != "traits"
        }


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

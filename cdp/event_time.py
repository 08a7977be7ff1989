"""The times of an event: read as ISO 8601, corrected for the device's clock, plausible.

Clock skew: ``timestamp = receivedAt - (sentAt - originalTimestamp)``, unless both times
are sent: then the caller stated ``timestamp``, as rudder-sdk-node hands it on beside
its own clock, and it stands (RudderStack's server does the same).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from cdp.plan_schema import Violation

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST_AHEAD = timedelta(hours=24)
INVALID_EVENT = "invalid_event"
IMPLAUSIBLE_TIME = "implausible_time"
_OUR_LENGTH = len("2026-05-01T12:00:00.000Z")
_SECOND_LENGTH = len("2026-05-01T12:00:00")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_SECONDS = 24 * 3600
_MILLISECONDS = tuple(f".{number:03d}Z" for number in range(1000))


@dataclass(frozen=True, slots=True)
class Arrival:
    """When and from where a request came.

    Attributes:
        source_id: The source's name in ``headwater.yml``.
        received_at: The collector's clock, UTC.
        received_text: The same as text, formatted once for the whole request.
        sent_at: The batch's ``sentAt``, where it had one.
        latest: The latest time that is plausible.
    """

    source_id: str
    received_at: datetime
    received_text: str
    sent_at: str | None = None
    latest: datetime = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "latest", self.received_at + LATEST_AHEAD)


class BrokenError(Exception):
    """What was sent is no event.

    Args:
        code: invalid_event or implausible_time.
        place: The field; empty for the whole event.
        message: One sentence for the sender.
    """

    def __init__(self, code: str, place: str, message: str) -> None:
        super().__init__(message)
        self.violation = Violation(code, (place,) if place else (), message)


def add_times(event: dict[str, Any], raw: Mapping[str, Any], arrival: Arrival) -> None:
    """Write the times of an event, its arrival and its source into it.

    Args:
        event: Gets ``originalTimestamp``, ``timestamp``, ``receivedAt``, ``sourceId``,
            and ``sentAt`` where it was sent.
        raw: What the SDK sent.
        arrival: When and from where it came.

    Raises:
        BrokenError: A time cannot be read or is implausible.
    """
    original_text = raw.get("originalTimestamp") or raw.get("timestamp")
    stated_text = raw.get("timestamp") if raw.get("originalTimestamp") else None
    sent_text = raw.get("sentAt") or arrival.sent_at
    original = happened = arrival.received_at
    written = happened_written = arrival.received_text
    if original_text:
        original = happened = _moment("originalTimestamp", original_text)
        written = happened_written = _in_our_form(original_text, original)
    if sent_text:
        sent, event["sentAt"] = _sent(sent_text)
    if stated_text:
        happened = _moment("timestamp", stated_text)
        happened_written = _in_our_form(stated_text, happened)
    elif sent_text and original_text:
        happened, happened_written = _corrected(original, sent, arrival.received_at)
    if happened < EARLIEST or happened > arrival.latest:
        raise BrokenError(
            IMPLAUSIBLE_TIME,
            "originalTimestamp",
            "is before 2000 or more than a day ahead of the collector's clock",
        )
    event["originalTimestamp"] = written
    event["timestamp"] = happened_written
    event["receivedAt"] = arrival.received_text
    event["sourceId"] = arrival.source_id


def _corrected(
    original: datetime, sent: datetime, received: datetime
) -> tuple[datetime, str]:
    try:
        happened = received - (sent - original)
    except OverflowError:
        happened = original
    return happened, format_time(happened)


def _in_our_form(text: str, moment: datetime) -> str:
    """Return the time as we write it: as it came, where it came so, as most do."""
    if (
        len(text) == _OUR_LENGTH
        and text[23] == "Z"
        and text[10] == "T"
        and text[19] == "."
        and text[4] == "-"
        and text[5] != "W"  # 2026-W18-5 is a day too
    ):
        return text
    return format_time(moment)


def _sent(text: Any) -> tuple[datetime, str]:
    if isinstance(text, str):
        return _sent_at(text)
    raise BrokenError(INVALID_EVENT, "sentAt", "expected an ISO 8601 time")


@lru_cache(maxsize=256)
def _sent_at(text: str) -> tuple[datetime, str]:
    """Read the time once for a whole batch."""
    sent = _moment("sentAt", text)
    return sent, format_time(sent)


def is_time(text: Any) -> bool:
    """Whether a text is a time that events may have."""
    if not text or not isinstance(text, str):
        return False
    try:
        _sent_at(text)
    except BrokenError:
        return False
    return True


def _moment(name: str, text: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise BrokenError(INVALID_EVENT, name, "expected an ISO 8601 time") from None
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise BrokenError(IMPLAUSIBLE_TIME, name, "is out of range") from None


def format_time(moment: datetime) -> str:
    """Return a time as ISO 8601 in UTC, with milliseconds and ``Z``."""
    since = moment - _EPOCH
    second = _up_to_second(since.days * _DAY_SECONDS + since.seconds)
    return second + _MILLISECONDS[since.microseconds // 1000]


@lru_cache(maxsize=4096)
def _up_to_second(seconds: int) -> str:
    """Write a second once: events of the same one come together."""
    return (_EPOCH + timedelta(seconds=seconds)).isoformat()[:_SECOND_LENGTH]

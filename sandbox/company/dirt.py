"""Dirty input: the small share of events that real senders get wrong.

What is wrong with each, and what the platform is expected to answer, is kept as truth,
so that counts can be checked.
"""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import Any

from sandbox.company.chance import DAY_SECONDS, stream, uuid_of
from sandbox.company.journal import Event, Journal
from sandbox.company.season import utc

UNPLANNED = ("Button Clicked", "test_event", "video_playback_started")
# Events that can lose or twist a required property; money and orders stay clean, so
# that orders and charges still agree.
SPOILABLE = {
    "product_viewed": ("product_id", "product_id"),
    "product_added": ("quantity", "quantity"),
    "products_searched": ("query", "result_count"),
    "support_contacted": ("channel", "channel"),
}
TOO_EARLY = 0.0  # the epoch: a clock that was never set
KINDS = (
    "unplanned_event",
    "missing_property",
    "wrong_type",
    "implausible_time",
    "duplicate",
    "late",
)


def make_dirty(journal: Journal, seed: int, index: int, share: float) -> list[Event]:
    """Return a person's events in order of time, some of them spoiled.

    Spoiled events are extra ones: no clean event is lost, so marts built from what is
    accepted must equal marts built without dirt. Late ones are clean events that a
    device sent hours or days later.
    """
    events = sorted(journal.events, key=lambda event: event.at)
    if share <= 0:
        return events
    chance = stream(seed, index, "dirt")
    sent: list[Event] = []
    for event in events:
        if chance.random() >= share:
            sent.append(event)
            continue
        kind = chance.choice(KINDS)
        sent.extend(_spoil(chance, event, kind, journal))
    return sent


def _spoil(chance: Random, event: Event, kind: str, journal: Journal) -> list[Event]:
    if kind == "late":
        late = chance.uniform(0.5, 60) * 3600
        _know(journal, event, kind, expected=None)
        return [Event(event.at, event.source_id, event.body, late)]
    if kind == "duplicate":
        _know(journal, event, kind, expected=None)
        return [event, event]
    spoiled = _spoiled_copy(chance, event, kind)
    if spoiled is None:
        return [event]
    _know(journal, spoiled, kind, expected=kind)
    return [event, spoiled]


def _spoiled_copy(chance: Random, event: Event, kind: str) -> Event | None:
    body: dict[str, Any] = deepcopy(event.body)
    body["messageId"] = uuid_of(event.body["messageId"], "spoiled")
    at = event.at
    if kind == "implausible_time":
        at = TOO_EARLY + chance.random() * 300 * DAY_SECONDS
    elif kind == "unplanned_event":
        body.pop("name", None)
        body.pop("traits", None)
        body.update(type="track", event=chance.choice(UNPLANNED), properties={"x": 1})
    elif body.get("event") in SPOILABLE:
        required, typed = SPOILABLE[body["event"]]
        if kind == "missing_property":
            del body["properties"][required]
        elif typed in body["properties"]:
            body["properties"][typed] = {"value": str(body["properties"][typed])}
    elif body["type"] == "page":
        if kind == "missing_property":
            del body["properties"]["path"]
        else:
            body["properties"]["path"] = 404
    else:
        return None
    return Event(at, event.source_id, body, spoiled_as=kind)


def _know(journal: Journal, event: Event, kind: str, expected: str | None) -> None:
    journal.know(
        "dirty",
        message_id=event.body["messageId"],
        source_id=event.source_id,
        kind=kind,
        expected_reason=expected,
        occurred_at=utc(event.at),
    )

"""What a visitor does right now: sessions that follow the event log (RT-8, RT-10).

A session is kept by device, from its first event until thirty minutes after its last.
It is a help for the next page, not a record: journeys are in the warehouse.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from activation.cursor import Cursor, read_cursor, write_cursor
from activation.online.keys import session_key
from activation.online.store import OnlineStore
from cdp.settings import Settings
from ingestion.event_log import end_positions, read

SESSION_SECONDS = 30 * 60
_CHUNK_BYTES = 4 * 1024 * 1024
_MOST_REMEMBERED = 20


class Session(msgspec.Struct, frozen=True):
    """What is known of a visit.

    Attributes:
        last_seen_at: Arrival of the last event, milliseconds since 1970.
        event_count: Events so far.
        viewed: Products that were looked at, the latest first.
        categories: Categories of what was looked at, the latest first, repeated.
        taken: Products in the basket or bought, the latest first.
    """

    last_seen_at: int
    event_count: int = 0
    viewed: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()


class SessionEvent(msgspec.Struct, frozen=True, rename="camel"):
    """The part of an event that a session needs."""

    received_at: datetime
    anonymous_id: str | None = None
    event: str | None = None
    properties: dict[str, Any] | None = None


_decode_event = msgspec.json.Decoder(SessionEvent).decode
_decode_session = msgspec.msgpack.Decoder(Session).decode


def advance(session: Session | None, event: SessionEvent) -> Session:
    """Return the session after one more event."""
    now = int(event.received_at.timestamp() * 1000)
    before = session or Session(now)
    properties = event.properties or {}
    viewed, categories, taken = before.viewed, before.categories, before.taken
    if event.event == "product_viewed":
        viewed = _with(viewed, properties.get("product_id"))
        categories = _with(categories, properties.get("category"), repeated=True)
    elif event.event == "product_added":
        taken = _with(taken, properties.get("product_id"))
        categories = _with(categories, properties.get("category"), repeated=True)
    elif event.event == "product_removed":
        taken = tuple(one for one in taken if one != properties.get("product_id"))
    elif event.event == "order_completed":
        for product in properties.get("products") or ():
            if isinstance(product, Mapping):
                taken = _with(taken, product.get("product_id"))
    return Session(
        max(now, before.last_seen_at), before.event_count + 1, viewed, categories, taken
    )


def _with(
    remembered: tuple[str, ...], value: object, *, repeated: bool = False
) -> tuple[str, ...]:
    if not isinstance(value, str) or not value:
        return remembered
    others = remembered if repeated else tuple(x for x in remembered if x != value)
    return (value, *others)[:_MOST_REMEMBERED]


def read_session(packed: bytes | None) -> Session | None:
    """Return a session from the store's value."""
    return None if packed is None else _decode_session(packed)


class SessionTailer:
    """Follows the event log and keeps the sessions of the online store.

    Starts at the end of the log, or where it stopped if that is less than a session
    ago: what is older has no visitor any more.

    Args:
        settings: The workspace.
        store: Where sessions are kept.
    """

    def __init__(self, settings: Settings, store: OnlineStore) -> None:
        self._log_dir = settings.event_log_dir
        self._store = store
        self._file = settings.data_dir / "online" / "sessions.cursor.json"
        self._positions = _start(self._file, self._log_dir)

    def step(self) -> int:
        """Take in what is new in the log; return how many events that was.

        Raises:
            Unavailable: The store does not answer; the next step takes them again.
        """
        positions, count = dict(self._positions), 0
        events: dict[str, list[SessionEvent]] = {}
        oldest = time.time() - SESSION_SECONDS
        for partition, offset, line in read(
            self._log_dir, "accepted", positions, _CHUNK_BYTES
        ):
            positions[partition] = offset
            count += 1
            event = _decode_event(line)
            if event.anonymous_id and event.received_at.timestamp() > oldest:
                events.setdefault(event.anonymous_id, []).append(event)
        if events:
            self._keep(events)
        if count:
            write_cursor(self._file, Cursor(positions))
            self._positions = positions
        return count

    def _keep(self, events: Mapping[str, list[SessionEvent]]) -> None:
        keys = [session_key(anonymous_id) for anonymous_id in events]
        values = []
        known = self._store.read(keys)
        for key, packed, new in zip(keys, known, events.values(), strict=True):
            session = read_session(packed)
            for event in sorted(new, key=lambda one: one.received_at):
                session = advance(session, event)
            values.append((key, msgspec.msgpack.encode(session)))
        self._store.write(values, ttl_seconds=SESSION_SECONDS)


def _start(file: Path, log_dir: Path) -> dict[str, int]:
    try:
        is_recent = time.time() - file.stat().st_mtime < SESSION_SECONDS
    except FileNotFoundError:
        is_recent = False
    if is_recent:
        return read_cursor(file).positions
    return end_positions(log_dir, "accepted")

"""Stripe's list of what changed: one event per object, for its last change."""

from __future__ import annotations

import time

from sandbox.tools_store import MICROSECONDS, Document, Position, ToolsStore

KEPT_DAYS = 30
_OBJECTS = {
    "*": ("charges", "customers", "products", "subscriptions"),
    "charge.*": ("charges",),
    "customer.*": ("customers", "subscriptions"),
    "customer.subscription.*": ("subscriptions",),
    "product.*": ("products",),
}
_PLACE = "(changed_at, object_name || '/' || id)"


def event_id(object_name: str, document: Document) -> str:
    """Return the id of the event of a document's last change."""
    return f"evt_{document.changed_at}_{object_name}/{document.id}"


def changes(
    store: ToolsStore,
    event_type: str,
    *,
    after: str | None,
    before: str | None,
    limit: int,
) -> tuple[list[tuple[str, Document]], bool]:
    """Return ``(object_name, document)`` newest first, and whether there are more.

    Args:
        store: The documents.
        event_type: A group of types, such as ``charge.*``.
        after: Id of the event that the list goes on after, downwards to older ones.
        before: Instead of it, id of the event that the list ends before: of the newer
            ones those that are nearest to it.
        limit: At most so many.

    Raises:
        LookupError: The event is older than events are kept.
    """
    since = time.time_ns() // 1000 - KEPT_DAYS * 86_400 * MICROSECONDS
    position = _position_of(before or after)
    if position is not None and position.clock < since:
        message = f"No such event: '{before or after}'"
        raise LookupError(message)
    place = position or Position(2**62, "")
    names = _OBJECTS.get(event_type, ())
    sign, order = (">", "asc") if before else ("<", "desc")
    found = store.select(
        f"tool = 'stripe' and changed_at >= ? and {_PLACE} {sign} (?, ?)"
        f" and object_name in ({', '.join('?' * len(names))})"
        f" order by changed_at {order}, object_name || '/' || id {order} limit ?",
        [since, place.clock, place.id, *names, limit + 1],
    )
    kept = found[:limit]
    return kept[::-1] if before else kept, len(found) > limit


def _position_of(event: str | None) -> Position | None:
    if event is None:
        return None
    _, clock, key = event.split("_", 2)
    return Position(int(clock), key)

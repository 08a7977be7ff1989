"""Stripe's list of what changed: one event per object, for its last change."""

from __future__ import annotations

import time

from sandbox.tools_store import MICROSECONDS, Document, Position, ToolsStore

KEPT_DAYS = 30
_OBJECTS = {
    "*": (
        *("charges", "coupons", "customers", "invoices", "prices", "products"),
        *("refunds", "subscriptions"),
    ),
    "charge.*": ("charges",),
    "customer.*": ("customers", "subscriptions"),
    "customer.subscription.*": ("subscriptions",),
    "coupon.*": ("coupons",),
    "invoice.*": ("invoices",),
    "price.*": ("prices",),
    "product.*": ("products",),
    "refund.*": ("refunds",),
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
        after: Id of the event that the list goes on after, to older ones.
        before: Or id of the event that it ends before: the nearest of the newer ones.
        limit: At most so many.

    Raises:
        LookupError: The event is older than events are kept.
    """
    place = _position_of(before or after) or Position(2**62, "")
    names = _OBJECTS.get(event_type, ())
    sign, order = (">", "asc") if before else ("<", "desc")
    found = store.select(
        f"tool = 'stripe' and changed_at >= ? and {_PLACE} {sign} (?, ?)"
        f" and object_name in ({', '.join('?' * len(names))})"
        f" order by changed_at {order}, object_name || '/' || id {order} limit ?",
        [_oldest_kept(), place.clock, place.id, *names, limit + 1],
    )
    return found[:limit][:: -1 if before else 1], len(found) > limit


def _oldest_kept() -> int:
    return time.time_ns() // 1000 - KEPT_DAYS * 86_400 * MICROSECONDS


def _position_of(event: str | None) -> Position | None:
    if event is None:
        return None
    _, clock, key = event.split("_", 2)
    if int(clock) < _oldest_kept():
        message = f"No such event: '{event}'"
        raise LookupError(message)
    return Position(int(clock), key)

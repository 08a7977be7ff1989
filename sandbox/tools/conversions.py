"""Which orders each tool counts as conversions: what a marketer compares."""

from __future__ import annotations

from typing import Any

from sandbox.tools_store import ToolsStore

# tool: kind of document, what its event is called and where, where the order's id is
COUNTING: dict[str, tuple[str, tuple[str, str], tuple[str, ...]]] = {
    "google_analytics": ("events", ("name", "purchase"), ("params", "transaction_id")),
    "google_ads": ("conversions", ("", ""), ("orderId",)),
    "meta": ("events", ("event_name", "Purchase"), ("custom_data", "order_id")),
    "mixpanel": ("events", ("event", "order_completed"), ("properties", "order_id")),
}
_EVERYTHING = 10_000_000


def order_ids(store: ToolsStore, tool: str) -> set[str]:
    """Return the ids of the orders that a tool holds, each once."""
    object_name, (field, name), path = COUNTING[tool]
    found = (one.body for one in store.page(tool, object_name, limit=_EVERYTHING))
    told = [_at(body, path) for body in found if not field or body.get(field) == name]
    return {str(one) for one in told if one is not None}


def order_events(store: ToolsStore, tool: str) -> int:
    """Return how often a tool was told of an order; more than once without dedup."""
    object_name, (field, name), _ = COUNTING[tool]
    found = (one.body for one in store.page(tool, object_name, limit=_EVERYTHING))
    return sum(not field or body.get(field) == name for body in found)


def _at(body: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        body = body.get(step) if isinstance(body, dict) else None
    return body

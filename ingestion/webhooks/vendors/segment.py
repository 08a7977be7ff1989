"""Segment's webhook destination, and whoever else posts events of the spec."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingestion.webhooks.arrived import Arrived


def events_of(body: Any, headers: Mapping[str, str]) -> list[Arrived]:
    """Return the events of a body: it is one, or an array of them."""
    del headers
    items = body if isinstance(body, list) else [body]
    return [_arrived(item) for item in items]


def _arrived(item: Any) -> Arrived:
    if not isinstance(item, Mapping) or not item.get("type"):
        return Arrived("", None, item)
    context = item.get("context") if isinstance(item.get("context"), Mapping) else {}
    switches = item.get("integrations")
    event = {
        **item,
        "context": {**(context or {}), "integration": {"name": "segment"}},
        "integrations": {
            **(switches if isinstance(switches, Mapping) else {}),
            "segment": False,
        },
    }
    return Arrived(str(item["type"]), event, item)

"""Zendesk: one event a request. Source: Zendesk's webhook event types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingestion.webhooks.arrived import Arrived, Table, Vendor, Who, first, text_of

_TICKET = {"ticket_id": ("detail.id", text_of), "topic": "detail.subject"}
_CREATED = {"channel": "detail.via.channel", "topic": "detail.subject"}
_PREFIX = "zen:event-type:"
TYPES: Table = {
    "ticket.created": ("support_contacted", _CREATED),
    "ticket.status_changed": (
        "support_ticket_changed",
        {**_TICKET, "ticket_status": "event.current"},
    ),
    "ticket.satisfaction_rating_changed": (
        "support_ticket_changed",
        {**_TICKET, "satisfaction": "event.current"},
    ),
}


def events_of(body: Any, headers: Mapping[str, str]) -> list[Arrived]:
    """Return the one event of a body."""
    del headers
    return [
        Vendor("zendesk", TYPES, _who).arrived(
            str(body.get("type")).removeprefix(_PREFIX),
            body,
            body.get("id"),
            text_of(body.get("time")),
        )
    ]


def _who(body: Any) -> Who:
    return Who(None, text_of(first(body, ("detail.requester_id",))))

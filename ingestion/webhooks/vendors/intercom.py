"""Intercom: one notification a request. Source: Intercom's webhook topics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingestion.webhooks.arrived import (
    Arrived,
    Table,
    Vendor,
    Who,
    first,
    text_of,
    unix,
)

_ITEM = "data.item."
_CONVERSATION = {
    "conversation_id": (_ITEM + "id", text_of),
    "topic": _ITEM + "source.subject",
}


def _as_chat(_: Any) -> str:
    return "chat"


TYPES: Table = {
    "conversation.user.created": (
        "support_contacted",
        {"channel": (_ITEM + "type", _as_chat), "topic": _ITEM + "source.subject"},
    ),
    "conversation.admin.closed": ("support_conversation_closed", _CONVERSATION),
    "conversation.rating.added": (
        "support_conversation_rated",
        {**_CONVERSATION, "rating": _ITEM + "conversation_rating.rating"},
    ),
    "contact.unsubscribed": ("email_unsubscribed", {}),
}


def events_of(body: Any, headers: Mapping[str, str]) -> list[Arrived]:
    """Return the one event of a body."""
    del headers
    return [
        Vendor("intercom", TYPES, _who).arrived(
            str(body.get("topic")),
            body,
            body.get("id"),
            unix(body.get("created_at")),
        )
    ]


def _who(body: Any) -> Who:
    people = (_ITEM + "contacts.contacts.0.", _ITEM + "source.author.", _ITEM)
    return Who(
        text_of(first(body, [place + "external_id" for place in people])),
        text_of(first(body, [place + "id" for place in people])),
        text_of(first(body, [place + "email" for place in people])),
    )

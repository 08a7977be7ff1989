"""Customer.io: one reporting event a request. Source: its reporting webhooks."""

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

_EMAIL = {
    "email_id": "data.delivery_id",
    "campaign_id": ("data.campaign_id", text_of),
    "subject": "data.subject",
}
TYPES: Table = {
    "email.sent": ("email_sent", _EMAIL),
    "email.delivered": ("email_delivered", _EMAIL),
    "email.opened": ("email_opened", _EMAIL),
    "email.clicked": ("email_link_clicked", {**_EMAIL, "link_url": "data.href"}),
    "email.bounced": ("email_bounced", {**_EMAIL, "reason": "data.failure_message"}),
    "email.dropped": ("email_bounced", {**_EMAIL, "reason": "data.failure_message"}),
    "email.spammed": ("email_marked_as_spam", _EMAIL),
    "email.unsubscribed": ("email_unsubscribed", _EMAIL),
    "customer.unsubscribed": ("email_unsubscribed", {}),
}


def events_of(body: Any, headers: Mapping[str, str]) -> list[Arrived]:
    """Return the one event of a body."""
    del headers
    return [
        Vendor("customerio", TYPES, _who).arrived(
            f"{body.get('object_type')}.{body.get('metric')}",
            body,
            body.get("event_id"),
            unix(body.get("timestamp")),
        )
    ]


def _who(body: Any) -> Who:
    return Who(
        text_of(first(body, ("data.identifiers.id", "data.customer_id"))),
        text_of(first(body, ("data.identifiers.cio_id",))),
        text_of(
            first(
                body, ("data.identifiers.email", "data.email_address", "data.recipient")
            )
        ),
    )

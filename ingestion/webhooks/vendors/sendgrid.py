"""SendGrid: an array of events a request. Source: Twilio's Event Webhook reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingestion.webhooks.arrived import Arrived, Table, Vendor, Who, text_of, unix

_EMAIL = {
    "email_id": "sg_message_id",
    "campaign_id": ("marketing_campaign_id", text_of),
    "campaign_name": "marketing_campaign_name",
}
TYPES: Table = {
    "processed": ("email_sent", _EMAIL),
    "delivered": ("email_delivered", _EMAIL),
    "open": ("email_opened", _EMAIL),
    "click": ("email_link_clicked", {**_EMAIL, "link_url": "url"}),
    "bounce": ("email_bounced", {**_EMAIL, "reason": "reason"}),
    "dropped": ("email_bounced", {**_EMAIL, "reason": "reason"}),
    "spamreport": ("email_marked_as_spam", _EMAIL),
    "unsubscribe": ("email_unsubscribed", _EMAIL),
    "group_unsubscribe": ("email_unsubscribed", _EMAIL),
}


def events_of(body: Any, headers: Mapping[str, str]) -> list[Arrived]:
    """Return the events of a body, in its order."""
    del headers
    return [_arrived(item) for item in body]


def _arrived(item: Any) -> Arrived:
    if not isinstance(item, Mapping):
        return Arrived("", None, item)
    return Vendor("sendgrid", TYPES, _who).arrived(
        str(item.get("event")),
        item,
        item.get("sg_event_id"),
        unix(item.get("timestamp")),
    )


def _who(item: Any) -> Who:
    email = text_of(item.get("email"))
    key = email.strip().lower() if email else None
    return Who(text_of(item.get("user_id")), key, email)

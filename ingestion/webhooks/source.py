"""One webhook source: verify, split, translate, hold each event against the plan."""

from __future__ import annotations

import hmac
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import Any

from cdp.errors import Rejected
from cdp.tracking_plan import TrackingPlan
from ingestion.collector.answer import OK, Answer
from ingestion.collector.body import Unknown, decode
from ingestion.collector.limits import Limits
from ingestion.collector.receive import Lines, receive, set_apart
from ingestion.collector.webhook import WebhookRequest
from ingestion.webhooks.arrived import Arrived, digest, message_id
from ingestion.webhooks.signatures import SCHEMES, verify, verify_sendgrid
from ingestion.webhooks.vendors import (
    customerio,
    hubspot,
    intercom,
    salesforce,
    segment,
    sendgrid,
    shopify,
    stripe,
    zendesk,
)

UNKNOWN_TYPE = "unknown_webhook_type"
MODULES: Mapping[str, ModuleType] = {
    "customerio": customerio,
    "hubspot": hubspot,
    "intercom": intercom,
    "salesforce": salesforce,
    "segment": segment,
    "sendgrid": sendgrid,
    "shopify": shopify,
    "stripe": stripe,
    "zendesk": zendesk,
}
LISTS = frozenset({"sendgrid", "hubspot"})
_EITHER = frozenset({"segment", "generic"})
_SOAP = Answer(200, salesforce.ACKNOWLEDGED.encode(), b"text/xml; charset=utf-8")

Verify = Callable[[WebhookRequest, datetime | None], None]
Translate = Callable[[Any, Mapping[str, str]], list[Arrived]]


@dataclass(frozen=True, slots=True)
class WebhookSource:
    """One source of kind webhook, as the collector mounts it.

    Attributes:
        name: Its key in ``headwater.yml``.
        vendor: Who posts.
        verify: Raises Unknown where the request is not the vendor's.
        translate: The vendor's events in a body.
        plan: The tracking plan.
        limits: How large an event may be.
    """

    name: str
    vendor: str
    verify: Verify
    translate: Translate
    plan: TrackingPlan
    limits: Limits

    def receive(self, request: WebhookRequest, now: datetime | None = None) -> Lines:
        """Return the lines of a request; by GET and HEAD vendors only look.

        Raises:
            Unknown: It is not the vendor's, or too old.
            Rejected: It cannot be read.
        """
        if request.method != "POST":
            return Lines([], [])
        self.verify(request, now)
        body = self._body(request.body)
        try:
            return self._lines(self.translate(body, request.headers))
        except RecursionError as error:
            raise Rejected("the body is nested too deeply") from error

    def _body(self, content: bytes) -> Any:
        if self.vendor == "salesforce":
            return salesforce.read(content)
        body = decode(content)
        wanted = list if self.vendor in LISTS else dict
        if self.vendor not in _EITHER and not isinstance(body, wanted):
            raise Rejected(f"the body of {self.vendor} is not what it posts")
        return body

    def _lines(self, found: Sequence[Arrived]) -> Lines:
        events = [one.event for one in found if one.event is not None]
        lines = receive(events, None, self.name, {}, self.plan, self.limits)
        apart = [
            line
            for one in found
            if one.event is None
            for line in self._set_apart(one).quarantined
        ]
        answer = _SOAP if self.vendor == "salesforce" else OK
        return Lines(
            lines.accepted, lines.quarantined + apart, lines.message_ids, answer
        )

    def _set_apart(self, one: Arrived) -> Lines:
        raw = {
            "messageId": message_id(self.vendor, digest(one.item)),
            "type": "track",
            "event": one.vendor_type or None,
            "webhook": self.vendor,
            "item": one.item,
        }
        message = f"{one.vendor_type!r} of {self.vendor} is no event of ours yet"
        return set_apart(raw, None, self.name, "event", message, code=UNKNOWN_TYPE)


def verify_signature(vendor: str, secrets: Sequence[str]) -> Verify:
    """Return the check of a vendor that signs."""
    if vendor == "sendgrid":
        return lambda request, now: verify_sendgrid(request, secrets, now)
    scheme = SCHEMES[vendor]
    return lambda request, now: verify(scheme, request, secrets, now)


def verify_secret(secrets: Sequence[str], organization_id: str = "") -> Verify:
    """Return the check of a sender that signs nothing but knows a secret.

    Args:
        secrets: Sent as ``?secret=`` or as Basic password.
        organization_id: What Salesforce must call itself; any where it is empty.
    """

    def check(request: WebhookRequest, now: datetime | None) -> None:
        del now
        given = request.query.get("secret") or _basic_password(request)
        if not any(
            hmac.compare_digest(given.encode(), one.encode()) for one in secrets
        ):
            raise Unknown("the webhook's secret is missing or wrong")
        if organization_id:
            said = str(salesforce.read(request.body)["organization_id"])
            # the id has 15 characters, and 18 with its check
            if said[:15] != organization_id[:15]:
                raise Unknown("the webhook is of another organisation")

    return check


def _basic_password(request: WebhookRequest) -> str:
    written = request.headers.get("authorization", "")
    if not written.lower().startswith("basic "):
        return ""
    try:
        decoded = b64decode(written[6:], validate=True).decode()
    except (Base64Error, UnicodeDecodeError):
        return ""
    return decoded.partition(":")[2]

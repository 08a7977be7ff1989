"""Whether a webhook came from whom it says: each vendor's signature, as it defines it.

Sources: the vendors' own pages on verifying webhooks (Stripe, Shopify, Twilio
SendGrid, Customer.io, Intercom, HubSpot v3, Zendesk, Segment). Every comparison takes
the same time wherever two texts differ. Salesforce signs nothing: it sends the secret.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from ingestion.collector.body import Unknown
from ingestion.collector.webhook import WebhookRequest
from ingestion.webhooks.public_key import is_signed

TOLERANCE_SECONDS = 300
# What HubSpot signs unescaped in an address: : / ? @ ! $ ' ( ) * , ;
_HUBSPOT_ESCAPES = re.compile("%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Signed:
    """What a request's headers claim.

    Attributes:
        signatures: One of them must be right.
        content: What was signed.
        at: When, where the vendor signs a time.
    """

    signatures: Sequence[str]
    content: bytes
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a vendor signs.

    Attributes:
        read: Takes from a request what it claims; raises Unknown where it lacks that.
        sign: Makes the signature of some content with a secret.
    """

    read: Callable[[WebhookRequest], Signed]
    sign: Callable[[str, bytes], str]


def verify(
    scheme: Scheme,
    request: WebhookRequest,
    secrets: Sequence[str],
    now: datetime | None = None,
) -> None:
    """Return where the request is the vendor's, and recent if it says when it was.

    Args:
        scheme: How the vendor signs.
        request: As it came.
        secrets: Any of them; two while one replaces the other.
        now: The present, UTC.

    Raises:
        Unknown: It is not, or it is too old (a replay).
    """
    signed = scheme.read(request)
    expected = [scheme.sign(secret, signed.content) for secret in secrets]
    if not any(
        hmac.compare_digest(ours.encode(), theirs.encode())
        for ours in expected
        for theirs in signed.signatures
    ):
        raise Unknown("the webhook's signature is wrong")
    _require_recent(signed.at, now)


def verify_sendgrid(
    request: WebhookRequest, secrets: Sequence[str], now: datetime | None = None
) -> None:
    """Do the same for SendGrid, which signs with a key whose public half we have.

    Raises:
        Unknown: The signature is wrong or too old.
    """
    timestamp = header(request, "x-twilio-email-event-webhook-timestamp")
    written = header(request, "x-twilio-email-event-webhook-signature")
    content = timestamp.encode() + request.body
    if not any(is_signed(content, written, secret) for secret in secrets):
        raise Unknown("the webhook's signature is wrong")
    _require_recent(_moment(timestamp, 1), now)


def _require_recent(at: datetime | None, now: datetime | None) -> None:
    if at is None:
        return
    age = ((now or datetime.now(UTC)) - at).total_seconds()
    if abs(age) > TOLERANCE_SECONDS:
        raise Unknown(
            f"the webhook was signed more than {TOLERANCE_SECONDS} seconds ago"
        )


def header(request: WebhookRequest, name: str) -> str:
    """Return a header that the vendor always sends.

    Raises:
        Unknown: It is not there.
    """
    value = request.headers.get(name, "")
    if not value:
        raise Unknown(f"the webhook has no {name}")
    return value


def _moment(text: str, per_second: int) -> datetime:
    try:
        return datetime.fromtimestamp(int(text) / per_second, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Unknown("the webhook's time is no time") from error


def _mac(
    algorithm: str, encoding: str, prefix: str = ""
) -> Callable[[str, bytes], str]:
    def sign(secret: str, content: bytes) -> str:
        digest = hmac.new(secret.encode(), content, algorithm).digest()
        text = digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()
        return prefix + text

    return sign


def _body_in(name: str) -> Callable[[WebhookRequest], Signed]:
    return lambda request: Signed([header(request, name)], request.body)


def _stripe(request: WebhookRequest) -> Signed:
    parts = [
        part.strip().partition("=")
        for part in header(request, "stripe-signature").split(",")
    ]
    times = [value for name, _, value in parts if name == "t"]
    if not times:
        raise Unknown("the webhook's signature has no time")
    return Signed(
        [value for name, _, value in parts if name == "v1"],
        f"{times[0]}.".encode() + request.body,
        _moment(times[0], 1),
    )


def _customerio(request: WebhookRequest) -> Signed:
    timestamp = header(request, "x-cio-timestamp")
    return Signed(
        [header(request, "x-cio-signature")],
        f"v0:{timestamp}:".encode() + request.body,
        _moment(timestamp, 1),
    )


def _hubspot(request: WebhookRequest) -> Signed:
    timestamp = header(request, "x-hubspot-request-timestamp")
    url = _HUBSPOT_ESCAPES.sub(lambda found: unquote(found[0]), request.url)
    return Signed(
        [header(request, "x-hubspot-signature-v3")],
        f"{request.method}{url}".encode() + request.body + timestamp.encode(),
        _moment(timestamp, 1000),
    )


def _zendesk(request: WebhookRequest) -> Signed:
    timestamp = header(request, "x-zendesk-webhook-signature-timestamp")
    try:
        at = datetime.fromisoformat(timestamp)
    except ValueError as error:
        raise Unknown("the webhook's time is no time") from error
    return Signed(
        [header(request, "x-zendesk-webhook-signature")],
        timestamp.encode() + request.body,
        at if at.tzinfo else at.replace(tzinfo=UTC),
    )


SCHEMES: Mapping[str, Scheme] = {
    "stripe": Scheme(_stripe, _mac("sha256", "hex")),
    "shopify": Scheme(_body_in("x-shopify-hmac-sha256"), _mac("sha256", "base64")),
    "customerio": Scheme(_customerio, _mac("sha256", "hex")),
    "intercom": Scheme(_body_in("x-hub-signature"), _mac("sha1", "hex", "sha1=")),
    "hubspot": Scheme(_hubspot, _mac("sha256", "base64")),
    "zendesk": Scheme(_zendesk, _mac("sha256", "base64")),
    "segment": Scheme(_body_in("x-signature"), _mac("sha1", "hex")),
}
ALGORITHMS = ("sha1", "sha256", "sha512")


def declared_scheme(written: Mapping[str, Any]) -> Scheme:
    """Return the scheme that a generic source declares.

    Args:
        written: ``header``, ``algorithm``, ``encoding``, ``prefix``,
            ``timestamp_header``, ``signed`` (a text with {timestamp} and {body}).
    """
    name = str(written["header"]).lower()
    timestamp_header = str(written.get("timestamp_header") or "").lower()
    before, _, after = str(written.get("signed") or "{body}").partition("{body}")

    def read(request: WebhookRequest) -> Signed:
        timestamp = header(request, timestamp_header) if timestamp_header else ""
        content = (
            before.replace("{timestamp}", timestamp).encode()
            + request.body
            + after.replace("{timestamp}", timestamp).encode()
        )
        per_second = 1000 if len(timestamp) > 11 else 1
        at = _moment(timestamp, per_second) if timestamp else None
        return Signed([header(request, name)], content, at)

    algorithm = str(written.get("algorithm") or "sha256")
    encoding = str(written.get("encoding") or "hex")
    return Scheme(read, _mac(algorithm, encoding, str(written.get("prefix") or "")))

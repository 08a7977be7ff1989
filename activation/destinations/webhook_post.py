"""Posting to one webhook: the request, its signature, its one attempt."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec

from activation.destinations.delivery import Item, Limits
from activation.destinations.exchange import (
    Request,
    exchange,
    header_key,
    open_client,
)
from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.destinations.webhook_address import open_public_client
from activation.destinations.webhook_route import flat, route_of
from cdp.errors import Misconfigured

SIGNATURE = "X-Headwater-Signature"
METHODS = ("POST", "PUT", "PATCH", "GET", "DELETE")
_WITHOUT_BODY = frozenset({"GET", "DELETE"})
# not usable at all, or nothing is there: with an address of its own, a record's fault
_ABOUT_ADDRESS = frozenset({None, 404, 405, 410})
_MOST_BYTES = 1_000_000
_AT_ONCE = 8

Clock = Callable[[], float]


def sign(secret: str, content: bytes, moment: int) -> str:
    """Return the signature of a body: ``t=<seconds>,v1=<hex>``.

    HMAC-SHA256 over ``<seconds>.<body>``, as Stripe's scheme is, so that receivers
    find code for it: https://docs.stripe.com/webhooks#verify-manually
    """
    signed = f"{moment}.".encode() + content
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def digest_of(items: Iterable[Item]) -> str:
    """Return a key of a batch: the same for the same records in the same order."""
    found = hashlib.sha256()
    for item in items:
        found.update(item.content + b"\n")
    return found.hexdigest()[:32]


class Post:
    """What both kinds of webhook destination share.

    Args:
        settings: Those of the kind.
        client: Where connections are kept; by default it reaches public addresses only
            unless the settings allow private ones.
        clock: Seconds of the Unix epoch, for the signature; by default the real one.

    Raises:
        Misconfigured: The settings do not fit together.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        client: httpx.Client | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._method = _method_of(settings)
        self._batch_size = int(settings.get("batch_size") or 1)
        self._has_body = self._method not in _WITHOUT_BODY
        self._clock = clock or time.time
        # else it is filled with values of the record, or the event's own
        self._is_fixed = "{" not in str(settings["url"]) and not settings.get(
            "routed_by_event"
        )
        self._secret = str(settings.get("secret") or "")
        self._query = dict(settings.get("query") or {})
        usual = {"content-type": "application/json"} if self._has_body else {}
        own = dict(settings.get("headers") or {})
        self._headers = usual | {
            str(name).lower(): str(value) for name, value in own.items() if name
        }
        rate = settings.get("requests_per_second")
        self.limits = Limits(
            records=self._batch_size,
            bytes=_MOST_BYTES,
            at_once=_AT_ONCE,
            requests_per_second=float(rate) if rate else None,
        )
        opened = open_client if settings.get("allow_private") else open_public_client
        self._client = client or opened()

    def request(self, items: Sequence[Item], key: str) -> Request:
        """Return the request that carries these records of one lane, not yet signed.

        Args:
            items: The records.
            key: What tells the receiver one that comes twice.
        """
        route = route_of(items[0].lane)
        query = {str(name): str(value) for name, value in self._query.items()}
        content = b""
        if not self._has_body:
            fields = msgspec.json.decode(items[0].content)
            query |= flat(fields.get("properties") or fields.get("record") or {})
        elif self._batch_size > 1:
            content = b"[" + b",".join(item.content for item in items) + b"]"
        else:
            content = items[0].content
        # a client given parameters of its own would drop those of the address
        sign_ = "&" if "?" in route.url else "?"
        url = route.url + (sign_ + urlencode(query) if query else "")
        headers = {**self._headers, **route.headers, "Idempotency-Key": header_key(key)}
        return Request(self._method, url, headers, content)

    def send(self, request: Request, count: int) -> list[Outcome]:
        """Sign and send a request; whatever 2xx is answered means taken.

        Raises:
            NotTaken: The answer is not 2xx.
        """
        if self._secret:
            signature = sign(self._secret, request.content, int(self._clock()))
            headers = {**request.headers, SIGNATURE: signature}
            request = replace(request, headers=headers)
        try:
            response = exchange(self._client, request)
        except NotTaken as refusal:
            raise self._judged(refusal) from refusal
        outcome = Outcome(Status.DELIVERED, http_status=response.status_code)
        return [outcome] * count

    def _judged(self, refusal: NotTaken) -> NotTaken:
        """Return a refusal; of an address that the record gave, it is the record's."""
        outcome = refusal.outcome
        is_operators = outcome.status is Status.MISCONFIGURED
        if self._is_fixed or not is_operators:
            return refusal
        if outcome.http_status not in _ABOUT_ADDRESS:
            return refusal
        return NotTaken(replace(outcome, status=Status.REJECTED))

    def close(self) -> None:
        """Close connections."""
        self._client.close()


def _method_of(settings: Mapping[str, Any]) -> str:
    method = str(settings.get("method") or "POST").upper()
    size = int(settings.get("batch_size") or 1)
    if method not in METHODS:
        raise Misconfigured(
            f"{method} is no method of a webhook",
            place="webhook.method",
            fix=f"Use one of {', '.join(METHODS)}",
        )
    if size < 1 or (size > 1 and method in _WITHOUT_BODY):
        raise Misconfigured(
            f"{method} cannot carry {size} events a request",
            place="webhook.batch_size",
            fix="Leave batch_size out",
        )
    return method

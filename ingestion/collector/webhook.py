"""The place where webhook sources are mounted: ``/v1/webhook/<source>``.

A webhook verifies and reads what a vendor posts; the collector commits its lines before
it answers 200, as it does for events of SDKs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qsl

from ingestion.collector.receive import Lines

PREFIX = "/v1/webhook/"


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A request as a vendor signed it.

    Attributes:
        method: GET, HEAD or POST.
        url: As the vendor wrote it, with scheme, host and query; behind a proxy as its
            ``Host`` and ``X-Forwarded-Proto`` say.
        query: The last value of each name.
        headers: Names in lower case.
        body: The bytes that came, unzipped by nobody.
    """

    method: str
    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


class Webhook(Protocol):
    """One source of kind webhook."""

    def receive(self, request: WebhookRequest) -> Lines:
        """Return the lines of a request; none where there is nothing to keep.

        Raises:
            Unknown: The signature is missing or wrong; answered with 401.
            Rejected: It cannot be read; answered with 400.
        """
        ...


def webhook_request(
    method: str,
    url: tuple[str, str, str, bytes],
    headers: Mapping[bytes, bytes],
    body: bytes,
) -> WebhookRequest:
    """Return the request that a webhook is given.

    Args:
        method: GET, HEAD or POST.
        url: Scheme, host, path as it was sent, query.
        headers: Names in lower case.
        body: All of it.
    """
    scheme, host, path, query = url
    text = query.decode("latin-1")
    return WebhookRequest(
        method=method,
        url=f"{scheme}://{host}{path}" + (f"?{text}" if text else ""),
        query=dict(parse_qsl(text, keep_blank_values=True)),
        headers={
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in headers.items()
        },
        body=body,
    )

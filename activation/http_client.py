"""Requests to tools: one client, and one reading of what an answer means.

The rule follows whose turn it is, not a list of codes a vendor: 2xx is delivered; 401,
403, 404 and 405 are the operator's; 408, 409, 425, 429 and 5xx pass; any other 4xx is
the record's own fault.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from activation.outcome import DELIVERED, MISCONFIGURED, REJECTED, RETRY, Outcome

TIMEOUT_SECONDS = 30.0
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 60.0
_PASSING = frozenset({408, 409, 425, 429})
_OPERATOR = frozenset({401, 403, 404, 405})
_REASON_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Request:
    """One request to a tool, complete but for the secrets that the client adds.

    Attributes:
        method: Such as POST.
        url: Whole address.
        body: JSON value; None sends no body.
        headers: Those that belong to this request.
        query: Query parameters.
    """

    method: str
    url: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, or why nothing did.

    Attributes:
        outcome: What it means for all that was in the request.
        body: The decoded JSON; None where there was none.
    """

    outcome: Outcome
    body: Any = None


def make_client() -> httpx.Client:
    """Return the client that a destination keeps for as long as it delivers."""
    return httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False)


def send(
    client: httpx.Client, request: Request, auth: httpx.Auth | None = None
) -> Reply:
    """Send once and say what the answer means; never raises for the network."""
    try:
        answer = client.request(
            request.method,
            request.url,
            json=request.body,
            headers=dict(request.headers),
            params=dict(request.query) or None,
            auth=auth,
        )
    except httpx.HTTPError as error:
        return Reply(Outcome(RETRY, f"no answer ({type(error).__name__})"))
    return Reply(_outcome_of(answer), _json_of(answer))


def send_patiently(
    client: httpx.Client,
    request: Request,
    auth: httpx.Auth | None = None,
    *,
    attempts: int = 5,
) -> Reply:
    """Send, and send again while the answer says that it may pass.

    Waits as long as the tool asks (Retry-After), else twice as long each time with
    jitter, up to a minute.
    """
    for attempt in range(attempts):
        reply = send(client, request, auth)
        if reply.outcome.status != RETRY or attempt == attempts - 1:
            return reply
        time.sleep(wait_seconds(attempt, reply.outcome.retry_after_seconds))
    raise AssertionError(attempts)


def wait_seconds(attempt: int, asked_for: float | None) -> float:
    """Return how long to wait before the next attempt, in seconds."""
    if asked_for is not None:
        return min(asked_for, LONGEST_WAIT_SECONDS)
    longest = min(FIRST_WAIT_SECONDS * 2.0**attempt, LONGEST_WAIT_SECONDS)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - jitter is no secret


def _outcome_of(answer: httpx.Response) -> Outcome:
    status = answer.status_code
    if answer.is_success:
        return Outcome(DELIVERED, http_status=status)
    reason = " ".join(answer.text.split())[:_REASON_LENGTH]
    if status in _PASSING or status >= 500:
        wait = _retry_after(answer.headers.get("retry-after"))
        return Outcome(RETRY, reason, status, wait)
    return Outcome(MISCONFIGURED if status in _OPERATOR else REJECTED, reason, status)


def _retry_after(text: str | None) -> float | None:
    """Return the seconds of a Retry-After header: a number or an HTTP date (RFC 9110)."""
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(
            0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
        )
    except (TypeError, ValueError):
        return None


def _json_of(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None

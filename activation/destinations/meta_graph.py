"""Meta's Graph API: its version, its address, and what its errors say.

Source: https://developers.facebook.com/docs/graph-api/guides/error-handling and
https://developers.facebook.com/docs/graph-api/overview/rate-limiting.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import msgspec

from activation.destinations.exchange import Request, exchange, judge, open_client
from activation.destinations.outcome import NotTaken, Outcome, Status, without_personal

API = "https://graph.facebook.com"
VERSION = "v26.0"
_READABLE = frozenset({400, 401, 403, 404, 429, 500, 503})
# unknown, down, and the limits of app, user, page, ads and business use cases
_RETRY = frozenset({1, 2, 4, 17, 32, 341, 613, *range(80000, 80015)})
# the token, its permissions, or an object that is not ours
_MISCONFIGURED = frozenset({3, 10, 102, 104, 190, 294, 803, *range(200, 300)})
_NO_SUCH_OBJECT = 33
_USAGE = "x-business-use-case-usage"


class _Error(msgspec.Struct, frozen=True):
    message: str = ""
    code: int = 0
    error_subcode: int = 0
    error_user_msg: str | None = None
    is_transient: bool = False


class _Refusal(msgspec.Struct, frozen=True):
    error: _Error


class Graph:
    """The API with one access token.

    Args:
        settings: ``url``, ``access_token``.
        client: Where connections are kept.
    """

    def __init__(
        self, settings: Mapping[str, Any], client: httpx.Client | None = None
    ) -> None:
        self._client = client or open_client()
        self._url = str(settings.get("url") or API).rstrip("/")
        self._headers = {
            "Authorization": f"Bearer {settings['access_token']}",
            "Content-Type": "application/json",
        }

    def request(self, method: str, path: str, body: bytes) -> Request:
        """Return a request to a path; the token travels in a header, never in a URL."""
        url = f"{self._url}/{VERSION}/{path}"
        return Request(method, url, self._headers, body)

    def send(self, request: Request) -> httpx.Response:
        """Make one attempt.

        Raises:
            NotTaken: The request was refused, which Meta does as a whole.
        """
        response = exchange(self._client, request, readable=_READABLE)
        if not response.is_success:
            raise NotTaken(_judge_refusal(response))
        return response

    def close(self) -> None:
        """Close connections."""
        self._client.close()


def _judge_refusal(response: httpx.Response) -> Outcome:
    try:
        error = msgspec.json.decode(response.content, type=_Refusal).error
    except msgspec.DecodeError:
        return judge(response)
    outcome = judge(response)
    words = error.error_user_msg or error.message
    reason = without_personal(f"({error.code}) {words}")
    wait = outcome.retry_after_seconds
    status = _status_of(error, outcome.status)
    if status is Status.RETRY and wait is None:
        wait = _seconds_to_regain(response)
    return Outcome(status, reason, response.status_code, wait)


def _status_of(error: _Error, otherwise: Status) -> Status:
    if error.code in _MISCONFIGURED or error.error_subcode == _NO_SUCH_OBJECT:
        return Status.MISCONFIGURED
    if error.code in _RETRY or error.is_transient:
        return Status.RETRY
    return Status.REJECTED if error.code else otherwise


def _seconds_to_regain(response: httpx.Response) -> float | None:
    """Return how long a business use case is closed: Meta tells it in minutes."""
    try:
        usage = msgspec.json.decode(
            response.headers.get(_USAGE, "{}"),
            type=dict[str, list[dict[str, Any]]],
        )
    except msgspec.DecodeError:
        return None
    minutes = [
        float(one.get("estimated_time_to_regain_access") or 0)
        for listed in usage.values()
        for one in listed
    ]
    return max(minutes, default=0) * 60 or None

"""One Zendesk account: requests, jobs and what their answers say.

Source: https://developer.zendesk.com/api-reference/ticketing/users/users/#create-or-update-many-users
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
import msgspec

from activation.destinations.delivery import Item, Limits
from activation.destinations.exchange import (
    Request,
    exchange,
    header_key,
    judge,
    open_client,
    read_answer,
)
from activation.destinations.outcome import NotTaken, Outcome, Status, without_personal
from activation.values import encode

USERS = "/api/v2/users/create_or_update_many"
CREATION = "/api/v2/users/create_many"
MOST_USERS = 100
# the smallest plan may ask 200 times a minute:
# https://developer.zendesk.com/api-reference/introduction/rate-limits/
REQUESTS_PER_SECOND = 3.0
_MOST_BYTES = 1_000_000
_LONGEST_JOB_SECONDS = 300.0
_FIRST_POLL_SECONDS = 0.25
_LONGEST_POLL_SECONDS = 5.0
_KEYS = ("external_id", "email")

Sleep = Callable[[float], object]


class _Result(msgspec.Struct, frozen=True):
    status: str = ""
    error: str = ""
    details: str = ""


class _Job(msgspec.Struct, frozen=True):
    id: str
    status: str
    message: str | None = None
    results: list[_Result] | None = None


class _JobDocument(msgspec.Struct, frozen=True):
    job_status: _Job


class _Refusal(msgspec.Struct, frozen=True):
    error: Any = None
    description: str = ""
    details: Any = None


class Account:
    """One account.

    Args:
        settings: ``url``, ``email``, ``api_token``.
        client: Where connections are kept.
        sleep: Waits between two looks at a job.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        client: httpx.Client | None = None,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._client = client or open_client()
        self._url = str(settings["url"]).rstrip("/")
        self._sleep = sleep
        account = f"{settings['email']}/token:{settings['api_token']}"
        self._headers = {
            "Authorization": f"Basic {b64encode(account.encode()).decode()}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        rate = float(settings.get("requests_per_second") or REQUESTS_PER_SECOND)
        self.limits = Limits(MOST_USERS, _MOST_BYTES, requests_per_second=rate)

    def post(self, path: str, body: bytes, key: str = "") -> Request:
        """Return a request; with a key Zendesk tells one that comes twice."""
        headers = dict(self._headers)
        if key:
            headers["Idempotency-Key"] = header_key(key)
        return Request("POST", self._url + path, headers, body)

    def get(self, path: str) -> Request:
        """Return a request for what is at a path."""
        return Request("GET", self._url + path, self._headers, b"")

    def users_request(self, items: Sequence[Item], path: str = USERS) -> Request:
        """Return the request that creates or updates these users, or only creates them.

        A job that names a user twice trips over itself: what comes later is laid over
        what came before.
        """
        users = b",".join(encode(user) for user in _merged(items).values())
        return self.post(path, b'{"users":[' + users + b"]}")

    def send(self, request: Request) -> httpx.Response:
        """Make one attempt.

        Raises:
            NotTaken: The request was refused.
        """
        response = exchange(self._client, request, readable={400, 409, 422})
        if response.is_success:
            return response
        words = _words_of(response)
        if response.status_code == 409:  # two requests met, says the vendor
            raise NotTaken(Outcome(Status.RETRY, words, 409))
        raise NotTaken(judge(response, words))

    def deliver_users(self, items: Sequence[Item], path: str = USERS) -> list[Outcome]:
        """Create or update users, and wait until the job has ended.

        Args:
            items: The users.
            path: Of the job; ``CREATION`` changes nobody.

        Raises:
            NotTaken: The answer is about the whole batch.
        """
        job = self._wait_for(_read(self.send(self.users_request(items, path))))
        results = job.results or []
        keys = list(_merged(items))
        if job.status != "completed" and not results:
            words = without_personal(f"the job is {job.status}: {job.message}")
            raise NotTaken(Outcome(Status.RETRY, words, 200))
        if len(results) != len(keys):
            outcome = Outcome(Status.RETRY, "not one result per user", 200)
            raise NotTaken(outcome)
        outcomes = dict(zip(keys, map(_outcome_of, results), strict=True))
        return [outcomes[_key_of(msgspec.json.decode(item.content))] for item in items]

    def _wait_for(self, job: _Job) -> _Job:
        waited, wait = 0.0, _FIRST_POLL_SECONDS
        while job.status in {"queued", "working"}:
            if waited > _LONGEST_JOB_SECONDS:
                reason = f"the job has not ended after {waited:.0f} s"
                raise NotTaken(Outcome(Status.RETRY, reason, 200))
            self._sleep(wait)
            waited, wait = waited + wait, min(2 * wait, _LONGEST_POLL_SECONDS)
            url = f"{self._url}/api/v2/job_statuses/{job.id}"
            job = _read(self.send(Request("GET", url, self._headers, b"")))
        return job

    def close(self) -> None:
        """Close connections."""
        self._client.close()


def _key_of(user: Mapping[str, Any]) -> str:
    return next(f"{name}:{user[name]}" for name in _KEYS if user.get(name))


def _merged(items: Sequence[Item]) -> dict[str, dict[str, Any]]:
    merged: dict[str, dict[str, Any]] = {}
    for item in items:
        user = msgspec.json.decode(item.content)
        merged[_key_of(user)] = _over(merged.get(_key_of(user), {}), user)
    return merged


def _over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Return mappings laid over each other, and what is nested in them."""
    laid = {**below}
    for name, value in above.items():
        before = laid.get(name)
        both = isinstance(before, dict) and isinstance(value, dict)
        laid[name] = _over(before, value) if both and before else value
    return laid


def _read(response: httpx.Response) -> _Job:
    return read_answer(response, _JobDocument).job_status


def _outcome_of(result: _Result) -> Outcome:
    if not result.error and result.status.lower() != "failed":
        return Outcome(Status.DELIVERED, http_status=200)
    words = without_personal(f"{result.error}: {result.details}")
    return Outcome(Status.REJECTED, words, 200)


def _words_of(response: httpx.Response) -> str:
    try:
        refusal = msgspec.json.decode(response.content, type=_Refusal)
    except msgspec.DecodeError:
        return ""
    error = refusal.error
    if isinstance(error, dict):  # {"title": …, "message": …}
        return without_personal(str(error.get("message") or error.get("title") or ""))
    details = encode(refusal.details).decode() if refusal.details else ""
    words = refusal.description or details
    return without_personal(f"{error}: {words} {details if words != details else ''}")

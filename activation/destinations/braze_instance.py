"""Braze's endpoints of users: the request of a lane, and what the answer means.

Source: https://www.braze.com/docs/api/endpoints/user_data/post_user_track/.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx
import msgspec

from activation.destinations.braze_event import (
    ATTRIBUTES,
    EVENTS,
    IDENTIFY,
    PURCHASES,
)
from activation.destinations.delivery import Item, Limits
from activation.destinations.exchange import (
    Request,
    exchange,
    judge,
    open_client,
    read_answer,
)
from activation.destinations.outcome import (
    NotTaken,
    Outcome,
    Status,
    without_personal,
)
from activation.values import encode

DELETE = "delete"
_PATHS = {
    **dict.fromkeys((ATTRIBUTES, EVENTS, PURCHASES), ("/users/track", None)),
    IDENTIFY: ("/users/identify", "aliases_to_identify"),
}


class _Answer(msgspec.Struct, frozen=True):
    message: str = ""
    errors: list[Any] = []


class _User(msgspec.Struct, frozen=True):
    external_id: str | None = None


class _Export(msgspec.Struct, frozen=True):
    users: list[_User] = []


class Instance:
    """The user endpoints of one Braze instance."""

    # 75 of each array a request; 50 in all on plans by monthly active users, and 50
    # identities or deletions: what holds for all of them
    limits = Limits(records=50, bytes=3_900_000)

    def __init__(
        self,
        settings: Mapping[str, Any],
        client: httpx.Client | None,
        clock: Callable[[], float],
    ) -> None:
        self._client = client or open_client()
        self._url = str(settings["url"]).rstrip("/")
        self._clock = clock
        self._headers = {
            "Authorization": f"Bearer {settings['api_key']}",
            "Content-Type": "application/json",
        }

    def post(self, path: str, content: bytes) -> Request:
        """Return a request to one of the endpoints."""
        return Request("POST", self._url + path, self._headers, content)

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request that carries these records of one lane."""
        lane = items[0].lane
        rows = b"[" + b",".join(item.content for item in items) + b"]"
        path, array = _PATHS[lane]
        more = b',"merge_behavior":"merge"' if lane == IDENTIFY else b""
        name = (array or lane).encode()
        return self.post(path, b'{"' + name + b'":' + rows + more + b"}")

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt; Braze names the records that it did not take.

        Raises:
            NotTaken: The answer is about the whole batch.
        """
        response = exchange(self._client, self.request(items), readable={400, 429})
        code = response.status_code
        try:
            answer = msgspec.json.decode(response.content, type=_Answer)
        except msgspec.DecodeError:
            answer = _Answer()
        if code == 429:
            raise NotTaken(self._limited(response))
        named = _named(answer.errors, len(items))
        if not response.is_success and not named:
            raise NotTaken(judge(response, without_personal(answer.message)))
        # what a refused request carried besides the bad ones goes again without them
        other = Outcome(Status.DELIVERED, http_status=code)
        if not response.is_success:
            other = Outcome(Status.RETRY, "sent together with bad ones", code, 0.0)
        elif answer.errors and not named:
            other = _unclear(answer.errors, items[0].lane, len(items), code)
        return [
            Outcome(Status.REJECTED, named[index], code) if index in named else other
            for index in range(len(items))
        ]

    def known(self, external_ids: Sequence[str]) -> frozenset[str]:
        """Return which of these users Braze has.

        Source: https://www.braze.com/docs/api/endpoints/export/user_data/post_users_identifier/

        Raises:
            NotTaken: It did not say.
        """
        response = exchange(self._client, self.question(external_ids), readable={429})
        if response.status_code == 429:
            raise NotTaken(self._limited(response))
        users = read_answer(response, _Export).users
        return frozenset(one.external_id for one in users if one.external_id)

    def question(self, external_ids: Sequence[str]) -> Request:
        """Return the request that asks for users."""
        asked = list(dict.fromkeys(external_ids))
        body = {"external_ids": asked, "fields_to_export": ["external_id"]}
        return self.post("/users/export/ids", encode(body))

    def _limited(self, response: httpx.Response) -> Outcome:
        """Return how long to wait: Braze says when the limit is reset, in Unix s."""
        outcome = judge(response)
        if outcome.retry_after_seconds is not None:
            return outcome
        try:
            reset = float(response.headers.get("x-ratelimit-reset", ""))
        except ValueError:
            return outcome
        wait = max(0.0, reset - self._clock())
        return replace(outcome, retry_after_seconds=wait)

    def close(self) -> None:
        """Close connections."""
        self._client.close()


def _named(errors: Sequence[Any], count: int) -> dict[int, str]:
    """Return the reason by the position of each record that has one."""
    return {
        error["index"]: without_personal(str(error.get("type") or "refused"))
        for error in errors
        if isinstance(error, dict) and error.get("index") in range(count)
    }


def _unclear(errors: Sequence[Any], lane: str, count: int, code: int) -> Outcome:
    words = without_personal("; ".join(_words(error) for error in errors))
    if count == 1:
        return Outcome(Status.REJECTED, words, code)
    if lane in {ATTRIBUTES, IDENTIFY, DELETE}:  # twice is as once: smaller ones tell
        raise NotTaken(Outcome(Status.REJECTED, words, code))
    return Outcome(Status.DELIVERED, f"perhaps not all of {count}: {words}", code)


def _words(error: Any) -> str:
    return str(error.get("type") or error) if isinstance(error, dict) else str(error)

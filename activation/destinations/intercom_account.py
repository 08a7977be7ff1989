"""Intercom's API: one record a request, looked up where it is there already."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import msgspec

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
from activation.destinations.presence import ABSENT, CREATE, present
from activation.values import encode

VERSION = "2.14"
ADDRESS = "https://api.intercom.io"
# 10,000 calls a minute an app, says the vendor
_LIMITS = Limits(records=1, bytes=1_000_000, at_once=8, requests_per_second=160)
_PATHS = {"contacts": "/contacts", "events": "/events", "companies": "/companies"}
_PATHS |= {CREATE: "/contacts"}
_EXISTING = re.compile(r"\bid=([0-9a-zA-Z]+)")


class _Error(msgspec.Struct, frozen=True):
    code: str = ""
    message: str | None = ""


class _Errors(msgspec.Struct, frozen=True):
    errors: list[_Error] = []


class _Found(msgspec.Struct, frozen=True):
    id: str


class _Page(msgspec.Struct, frozen=True):
    data: list[dict[str, Any]] = []


class Account:
    """The API of one workspace."""

    limits = _LIMITS

    def __init__(
        self, settings: Mapping[str, Any], client: httpx.Client | None
    ) -> None:
        self._client = client or open_client()
        self._url = str(settings.get("url") or ADDRESS).rstrip("/")
        self._headers = {
            "Authorization": f"Bearer {settings['access_token']}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Intercom-Version": VERSION,
        }

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request for this record; of a membership its look-up."""
        lane, content = items[0].lane, items[0].content
        if lane != "memberships":
            return self._ask("POST", _PATHS[lane], content)
        return self.search(msgspec.json.decode(content)["contact"])

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt.

        Raises:
            NotTaken: The record was not taken.
        """
        lane, content = items[0].lane, items[0].content
        if lane == "memberships":
            return [self._join(msgspec.json.decode(content))]
        response = self._send(self.request(items))
        if response.status_code == 409 and lane == "contacts":
            return [self._update(response, content)]
        return [_outcome(response)]

    def close(self) -> None:
        """Close connections."""
        self._client.close()

    def _ask(self, method: str, path: str, content: bytes = b"") -> Request:
        return Request(method, self._url + path, self._headers, content)

    def _send(self, request: Request) -> httpx.Response:
        # 404 is about the person that is named, not about the address
        response = exchange(self._client, request, readable={400, 404, 409, 422})
        if response.is_success or response.status_code in {404, 409}:
            return response
        raise NotTaken(judge(response, _words(response)))

    def search(self, identity: Mapping[str, str]) -> Request:
        """Return the request that looks a contact up."""
        # ids come first: several contacts may share an address
        field, value = next(iter(identity.items()))
        query = {"query": {"field": field, "operator": "=", "value": value}}
        return self._ask("POST", "/contacts/search", encode(query))

    def show(self, identity: Mapping[str, str]) -> dict[str, Any]:
        """Return a contact; nothing where there is none.

        Raises:
            NotTaken: Intercom did not say.
        """
        response = self._send(self.search(identity))
        if not response.is_success:
            return {}
        return next(iter(read_answer(response, _Page).data), {})

    def _find(self, identity: Mapping[str, str]) -> str | None:
        found = self.show(identity)
        return str(found["id"]) if found else None

    def create(self, content: bytes) -> Outcome:
        """Make one attempt to create a contact; one that is there is left.

        Raises:
            NotTaken: It was not taken.
        """
        response = self._send(self._ask("POST", _PATHS["contacts"], content))
        if response.status_code != 409:
            return _outcome(response)
        named = _EXISTING.search(_words(response, raw=True))
        return present(named.group(1) if named else "")

    def change(self, identity: Mapping[str, str], content: bytes) -> Outcome:
        """Make one attempt to change a contact; where there is none, that is all.

        Raises:
            NotTaken: It was not taken.
        """
        contact_id = self._find(identity)
        if contact_id is None:
            return ABSENT
        path = f"/contacts/{quote(contact_id, safe='')}"
        response = self._send(self._ask("PUT", path, content))
        return ABSENT if response.status_code == 404 else _outcome(response)

    def _update(self, conflict: httpx.Response, content: bytes) -> Outcome:
        named = _EXISTING.search(_words(conflict, raw=True))
        body = msgspec.json.decode(content)
        identity = {k: body[k] for k in ("external_id", "email") if body.get(k)}
        contact_id = named.group(1) if named else self._find(identity)
        if contact_id is None:
            return Outcome(Status.REJECTED, f"HTTP 409: {_words(conflict)}", 409)
        path = f"/contacts/{quote(contact_id, safe='')}"
        return _outcome(self._send(self._ask("PUT", path, content)))

    def _join(self, membership: Mapping[str, Any]) -> Outcome:
        contact_id = self._find(membership["contact"])
        if contact_id is None:
            return Outcome(Status.REJECTED, "Intercom has no such contact", 404)
        query = urlencode({"company_id": membership["company_id"]})
        response = self._send(self._ask("GET", f"/companies?{query}"))
        if not response.is_success:
            return _outcome(response)
        joined = read_answer(response, _Found)
        path = f"/contacts/{quote(contact_id, safe='')}/companies"
        request = self._ask("POST", path, encode({"id": joined.id}))
        return _outcome(self._send(request))


def _words(response: httpx.Response, *, raw: bool = False) -> str:
    try:
        errors = msgspec.json.decode(response.content, type=_Errors).errors
    except msgspec.DecodeError:
        return ""
    said = "; ".join(f"{each.code}: {each.message}" for each in errors)
    return said if raw else without_personal(said)


def _outcome(response: httpx.Response) -> Outcome:
    code = response.status_code
    if response.is_success:
        return Outcome(Status.DELIVERED, http_status=code)
    return Outcome(Status.REJECTED, f"HTTP {code}: {_words(response)}", code)

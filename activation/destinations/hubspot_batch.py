"""HubSpot's batch endpoints: what a request looks like, and what an answer says.

Source: https://developers.hubspot.com/docs/api-reference/latest/crm/objects/contacts/batch/upsert-contacts
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

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
from activation.destinations.mapping import text
from activation.destinations.outcome import NotTaken, Outcome, Status, without_personal
from activation.values import encode, plain

API = "https://api.hubapi.com"
VERSION = "2026-03"
# a private app may ask a hundred times in ten seconds:
# https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
LIMITS = Limits(records=100, bytes=2_000_000, requests_per_second=10.0)
_READABLE = frozenset({400, 401, 403, 404, 409, 429})
# what an error calls the records that it is about
_NAMED = ("ids", "id", "objectWriteTraceId")
_DAY_IS_OVER_SECONDS = 3600.0


class _Error(msgspec.Struct, frozen=True, rename="camel"):
    category: str = ""
    message: str = ""
    policy_name: str = ""
    context: dict[str, Any] = {}


class _Answer(msgspec.Struct, frozen=True):
    errors: list[_Error] = []


class _Found(msgspec.Struct, frozen=True):
    id: str
    properties: dict[str, Any] = {}


class _Page(msgspec.Struct, frozen=True):
    results: list[_Found] = []


class Api:
    """One account.

    Args:
        settings: ``token``, ``url``.
        client: Where connections are kept.
    """

    def __init__(
        self, settings: Mapping[str, Any], client: httpx.Client | None = None
    ) -> None:
        self._client = client or open_client()
        self._url = str(settings.get("url") or API).rstrip("/")
        self._headers = {
            "Authorization": f"Bearer {settings['token']}",
            "Content-Type": "application/json",
        }

    def post(self, path: str, body: bytes) -> Request:
        """Return a request to a path of the API."""
        return Request("POST", self._url + path, self._headers, body)

    def send(self, request: Request) -> httpx.Response:
        """Make one attempt.

        Raises:
            NotTaken: The request was refused as a whole.
        """
        response = exchange(self._client, request, readable=_READABLE)
        if not response.is_success:
            raise NotTaken(_judge_refusal(response))
        return response

    def close(self) -> None:
        """Close connections."""
        self._client.close()


def objects_path(object_name: str, action: str) -> str:
    """Return the path of a batch endpoint of an object."""
    return f"/crm/objects/{VERSION}/{quote(object_name, safe='')}/batch/{action}"


def upsert_input(
    id_property: str, key: str, fields: Mapping[str, Any]
) -> dict[str, Any]:
    """Return one record of a batch: values as text, an absent one clears its field."""
    properties = {name: value_of(value) for name, value in fields.items()}
    return {"id": key, "idProperty": id_property, "properties": properties}


def value_of(value: Any) -> str:
    """Return a value as HubSpot writes it; several choices are joined by semicolons."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ";".join(value_of(each) for each in value)
    simple = plain(value)
    written = text(simple)
    return encode(simple).decode() if written is None else written


def inputs_of(items: Sequence[Item]) -> bytes:
    """Return the body of a batch.

    HubSpot refuses a batch that names a record twice: what comes later is laid over
    what came before.
    """
    merged: dict[str, dict[str, Any]] = {}
    for item in items:
        one = msgspec.json.decode(item.content)
        before = merged.get(one["id"])
        if before is not None and "properties" in one:
            one["properties"] = before["properties"] | one["properties"]
        merged[one["id"]] = one
    return encode({"inputs": list(merged.values())})


def keys_of(items: Sequence[Item]) -> list[str]:
    """Return what the records of a batch are matched by."""
    return [str(msgspec.json.decode(item.content)["id"]) for item in items]


def outcomes_of(response: httpx.Response, keys: Sequence[str]) -> list[Outcome]:
    """Return one outcome per record of a batch that was answered record by record.

    Raises:
        NotTaken: An error does not say which record it is about.
    """
    code = response.status_code
    outcomes = [Outcome(Status.DELIVERED, http_status=code)] * len(keys)
    places: dict[str, list[int]] = {}
    for index, key in enumerate(keys):
        places.setdefault(key.lower(), []).append(index)
    for error in _errors_of(response):
        outcome = Outcome(_status_of(error), _words_of(error), code)
        told = (error.context.get(name) for name in _NAMED)
        ids: list[Any] = next(filter(None, told), [])
        named = [str(one).lower() for one in ids]
        if not named or not all(one in places for one in named):
            raise NotTaken(outcome)
        for one in named:
            for index in places[one]:
                outcomes[index] = outcome
    return outcomes


def with_ids(
    outcomes: Sequence[Outcome],
    response: httpx.Response,
    keys: Sequence[str],
    id_property: str,
) -> list[Outcome]:
    """Return the outcomes with HubSpot's own ids, as far as its answer tells them."""
    try:
        found = msgspec.json.decode(response.content, type=_Page).results
    except msgspec.DecodeError:
        return list(outcomes)
    ids = {str(one.properties.get(id_property, "")).lower(): one.id for one in found}
    return [
        replace(outcome, remote_id=ids.get(key.lower(), ""))
        if outcome.status is Status.DELIVERED
        else outcome
        for outcome, key in zip(outcomes, keys, strict=True)
    ]


def found_ids(response: httpx.Response) -> list[str]:
    """Return HubSpot's own ids of the records that a batch read found."""
    return [one.id for one in read_answer(response, _Page).results]


def found_by(response: httpx.Response, id_property: str) -> dict[str, str]:
    """Return HubSpot's own ids of what a batch read found, by the property's value."""
    page = read_answer(response, _Page)
    return {
        str(one.properties.get(id_property)).lower(): one.id for one in page.results
    }


def properties_by(
    response: httpx.Response, id_property: str
) -> dict[str, dict[str, Any]]:
    """Return the properties of what a batch read found, by the property's value."""
    page = read_answer(response, _Page)
    return {
        str(one.properties.get(id_property)).lower(): one.properties
        for one in page.results
    }


def _errors_of(response: httpx.Response) -> list[_Error]:
    if response.status_code != 207:
        return []
    return read_answer(response, _Answer).errors


def _judge_refusal(response: httpx.Response) -> Outcome:
    try:
        error = msgspec.json.decode(response.content, type=_Error)
    except msgspec.DecodeError:
        return judge(response)
    outcome = judge(response, _words_of(error))
    status, wait = outcome.status, outcome.retry_after_seconds
    if status is Status.REJECTED:
        status = _status_of(error)
    if error.policy_name == "DAILY" and wait is None:
        wait = _DAY_IS_OVER_SECONDS
    return Outcome(status, outcome.reason, response.status_code, wait)


def _status_of(error: _Error) -> Status:
    # the property is missing from the account: no record of this mapping passes
    if "PROPERTY_DOESNT_EXIST" in error.message:
        return Status.MISCONFIGURED
    retry = {"RATE_LIMITS", "INTERNAL_ERROR", "SERVICE_UNAVAILABLE", "TIMEOUT"}
    return Status.RETRY if error.category in retry else Status.REJECTED


def _words_of(error: _Error) -> str:
    return without_personal(f"{error.category}: {error.message}")

"""Salesforce: records upserted by an external id, two hundred at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import msgspec

from activation.destinations.delivery import Item, Limits
from activation.destinations.exchange import Request, exchange, judge, open_client
from activation.destinations.outcome import (
    NotTaken,
    Outcome,
    Status,
    without_personal,
)
from activation.values import encode
from cdp.errors import Misconfigured
from cdp.workspace_schema import Kind, Setting

KIND = Kind(
    "salesforce",
    "Records of the CRM, matched by an external id.",
    (
        Setting("url", "Address of the company's own login."),
        Setting("client_id", "Consumer key of the connected app."),
        Setting("client_secret", "Its secret.", is_secret=True),
    ),
    purpose="sales",
)
API_VERSION = "v62.0"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
# the record is fine, the moment is not
_RETRY = frozenset(
    {"UNABLE_TO_LOCK_ROW", "REQUEST_LIMIT_EXCEEDED", "SERVER_UNAVAILABLE"}
    | {"QUERY_TIMEOUT", "REQUEST_RUNNING_TOO_LONG", "UNKNOWN_EXCEPTION"}
)
# no record of this mapping can ever be taken
_MISCONFIGURED = frozenset(
    {"INVALID_FIELD", "INVALID_TYPE", "INVALID_FIELD_FOR_INSERT_UPDATE"}
    | {"INSUFFICIENT_ACCESS_OR_READONLY", "INVALID_SESSION_ID"}
)


class _Token(msgspec.Struct, frozen=True):
    access_token: str
    instance_url: str


class _Error(msgspec.Struct, frozen=True, rename="camel"):
    status_code: str = ""
    error_code: str = ""
    message: str = ""


class _Result(msgspec.Struct, frozen=True):
    success: bool
    errors: list[_Error] = []


def translate(record: Mapping[str, Any], object_name: str) -> dict[str, Any]:
    """Return a record as Salesforce takes it; an absent value clears its field."""
    return {"attributes": {"type": object_name}, **record}


class Salesforce:
    """One object of one org.

    Args:
        settings: ``url``, ``client_id``, ``client_secret``.
        object_name: Such as ``Contact``.
        external_id_field: The field that records are matched by.
        client: Where connections are kept.
    """

    limits = Limits(records=200, bytes=4_000_000)

    def __init__(
        self,
        settings: Mapping[str, Any],
        object_name: str,
        external_id_field: str,
        client: httpx.Client | None = None,
    ) -> None:
        if not external_id_field:
            raise Misconfigured(
                "Salesforce needs external_id_field",
                place="the exposure's config.meta.sync",
                fix="Name the field that records are matched by",
            )
        self._client = client or open_client()
        self._settings = settings
        self._object_name = object_name
        self._path = f"/services/data/{API_VERSION}/composite/sobjects/" + "/".join(
            quote(part, safe="") for part in (object_name, external_id_field)
        )
        self._token: _Token | None = None

    def prepare(self, record: Mapping[str, Any]) -> Item:
        """Return the record encoded."""
        return Item(encode(translate(record, self._object_name)))

    def token_request(self) -> Request:
        """Return the request for a token (client credentials)."""
        form = {
            "grant_type": "client_credentials",
            "client_id": str(self._settings["client_id"]),
            "client_secret": str(self._settings["client_secret"]),
        }
        url = str(self._settings["url"]).rstrip("/") + "/services/oauth2/token"
        return Request("POST", url, _FORM, urlencode(form).encode())

    def request(self, items: Sequence[Item], token: str, instance_url: str) -> Request:
        """Return the request that carries these records."""
        records = b",".join(item.content for item in items)
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
        }
        body = b'{"allOrNone":false,"records":[' + records + b"]}"
        url = instance_url.rstrip("/") + self._path
        return Request("PATCH", url, headers, body)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt, with a new token where the old one has ended.

        Raises:
            NotTaken: The answer is about the whole batch.
        """
        response = self._send(items)
        if response.status_code == 401:
            self._token = None
            response = self._send(items)
        if not response.is_success:
            raise NotTaken(_judge_refusal(response))
        try:
            results = msgspec.json.decode(response.content, type=list[_Result])
        except msgspec.DecodeError as error:
            outcome = Outcome(Status.RETRY, "the answer is not readable", 200)
            raise NotTaken(outcome) from error
        if len(results) != len(items):
            outcome = Outcome(Status.RETRY, "not one result per record", 200)
            raise NotTaken(outcome)
        return [_outcome_of(result) for result in results]

    def _send(self, items: Sequence[Item]) -> httpx.Response:
        if self._token is None:
            self._token = self._sign_in()
        token = self._token
        request = self.request(items, token.access_token, token.instance_url)
        return exchange(self._client, request, readable={400, 401, 403})

    def _sign_in(self) -> _Token:
        response = exchange(self._client, self.token_request(), readable={400})
        try:
            return msgspec.json.decode(response.content, type=_Token)
        except msgspec.DecodeError as error:
            reason = "no token for this client_id and client_secret"
            status = response.status_code
            raise NotTaken(Outcome(Status.MISCONFIGURED, reason, status)) from error

    def close(self) -> None:
        """Close connections."""
        self._client.close()


def _judge_refusal(response: httpx.Response) -> Outcome:
    """Tell a limit (403, says the vendor) from a permission that is missing."""
    try:
        errors = msgspec.json.decode(response.content, type=list[_Error])
    except msgspec.DecodeError:
        errors = []
    outcome = judge(response)
    if not errors:
        return outcome
    code = errors[0].error_code
    reason = without_personal(f"{code}: {errors[0].message}")
    status = _status_of(code, outcome.status)
    return Outcome(status, reason, response.status_code, outcome.retry_after_seconds)


def _outcome_of(result: _Result) -> Outcome:
    if result.success:
        return Outcome(Status.DELIVERED, http_status=200)
    error = result.errors[0] if result.errors else _Error(message="no reason given")
    code = error.status_code or error.error_code
    reason = without_personal(f"{code}: {error.message}")
    return Outcome(_status_of(code, Status.REJECTED), reason, 200)


def _status_of(code: str, otherwise: Status) -> Status:
    if code in _RETRY:
        return Status.RETRY
    return Status.MISCONFIGURED if code in _MISCONFIGURED else otherwise

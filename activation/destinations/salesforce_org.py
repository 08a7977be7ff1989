"""One Salesforce org: a token, and two hundred records a request with a result each.

Source: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections_upsert.htm
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import msgspec

from activation.destinations.delivery import Limits
from activation.destinations.exchange import (
    Request,
    exchange,
    judge,
    open_client,
    read_answer,
)
from activation.destinations.outcome import NotTaken, Outcome, Status, without_personal

API_VERSION = "v62.0"
_RECORDS = f"/services/data/{API_VERSION}/composite/sobjects"
LIMITS = Limits(records=200, bytes=4_000_000)
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


class _Page(msgspec.Struct, frozen=True, rename="camel"):
    records: list[dict[str, Any]]
    next_records_url: str = ""


class _Result(msgspec.Struct, frozen=True):
    success: bool
    id: str | None = None
    errors: list[_Error] = []


class Org:
    """One org.

    Args:
        settings: ``url``, ``client_id``, ``client_secret``.
        client: Where connections are kept.
    """

    def __init__(
        self, settings: Mapping[str, Any], client: httpx.Client | None = None
    ) -> None:
        self._client = client or open_client()
        self._settings = settings
        self._token: _Token | None = None

    def token_request(self) -> Request:
        """Return the request for a token (client credentials)."""
        form = {
            "grant_type": "client_credentials",
            "client_id": str(self._settings["client_id"]),
            "client_secret": str(self._settings["client_secret"]),
        }
        url = str(self._settings["url"]).rstrip("/") + "/services/oauth2/token"
        return Request("POST", url, _FORM, urlencode(form).encode())

    def upsert_request(
        self, object_name: str, external_id_field: str, records: Sequence[bytes]
    ) -> Request:
        """Return the request that carries these records, without a token."""
        path = "/".join(quote(one, safe="") for one in (object_name, external_id_field))
        return self._records_request("PATCH", f"{_RECORDS}/{path}", records)

    def creation_request(self, records: Sequence[bytes]) -> Request:
        """Return the request that creates these records, without a token."""
        return self._records_request("POST", _RECORDS, records)

    def _records_request(
        self, method: str, path: str, records: Sequence[bytes]
    ) -> Request:
        url = str(self._settings["url"]).rstrip("/") + path
        body = b'{"allOrNone":false,"records":[' + b",".join(records) + b"]}"
        return Request(method, url, {"Content-Type": "application/json"}, body)

    def query(self, statement: str) -> list[dict[str, Any]]:
        """Return the records that a SOQL statement finds.

        Raises:
            NotTaken: It was refused.
        """
        path = f"/services/data/{API_VERSION}/query?{urlencode({'q': statement})}"
        found: list[dict[str, Any]] = []
        while path:
            url = str(self._settings["url"]).rstrip("/") + path
            page = read_answer(self._signed(Request("GET", url, {}, b"")), _Page)
            found += page.records
            path = page.next_records_url
        return found

    def send(self, request: Request, count: int) -> list[Outcome]:
        """Make one attempt, with a new token where the old one has ended.

        Args:
            request: As ``upsert_request`` made it.
            count: How many records it carries.

        Raises:
            NotTaken: The answer is about the whole batch.
        """
        results = read_answer(self._signed(request), list[_Result])
        if len(results) != count:
            outcome = Outcome(Status.RETRY, "not one result per record", 200)
            raise NotTaken(outcome)
        return [_outcome_of(result) for result in results]

    def _signed(self, request: Request) -> httpx.Response:
        response = self._send(request)
        if response.status_code == 401:
            self._token = None
            response = self._send(request)
        if not response.is_success:
            raise NotTaken(_judge_refusal(response))
        return response

    def _send(self, request: Request) -> httpx.Response:
        if self._token is None:
            self._token = self._sign_in()
        headers = {
            **request.headers,
            "Authorization": f"Bearer {self._token.access_token}",
        }
        url = _moved(request.url, str(self._settings["url"]), self._token.instance_url)
        signed = replace(request, url=url, headers=headers)
        return exchange(self._client, signed, readable={400, 401, 403})

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


def _moved(url: str, login_url: str, instance_url: str) -> str:
    """Return a path at the instance that the token is for."""
    return instance_url.rstrip("/") + url.removeprefix(login_url.rstrip("/"))


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
        return Outcome(Status.DELIVERED, http_status=200, remote_id=result.id or "")
    error = result.errors[0] if result.errors else _Error(message="no reason given")
    code = error.status_code or error.error_code
    reason = without_personal(f"{code}: {error.message}")
    return Outcome(_status_of(code, Status.REJECTED), reason, 200)


def _status_of(code: str, otherwise: Status) -> Status:
    if code in _RETRY:
        return Status.RETRY
    return Status.MISCONFIGURED if code in _MISCONFIGURED else otherwise

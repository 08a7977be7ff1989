"""Google Ads: signing in, and what its answers say about each record.

Sources: https://developers.google.com/google-ads/api/rest/auth,
https://developers.google.com/google-ads/api/docs/best-practices/partial-failures and
https://developers.google.com/google-ads/api/reference/rpc/v26/ConversionUploadErrorEnum.ConversionUploadError
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec

from activation.destinations.exchange import (
    Request,
    exchange,
    judge,
    open_client,
    read_answer,
)
from activation.destinations.outcome import NotTaken, Outcome, Status, without_personal

API = "https://googleads.googleapis.com"
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
VERSION = "v26"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_READABLE = frozenset({400, 401, 403, 404, 429, 500, 503})
# Google has the record, or something newer in its place
_THERE_ALREADY = frozenset(
    (
        *("CLICK_CONVERSION_ALREADY_EXISTS", "ORDER_ID_ALREADY_IN_USE"),
        *("DUPLICATE_ORDER_ID", "CONVERSION_ALREADY_RETRACTED"),
        *("CONVERSION_ALREADY_ENHANCED", "MORE_RECENT_RESTATEMENT_FOUND"),
    )
)
_RETRY = frozenset(
    (
        *("INTERNAL_ERROR", "TRANSIENT_ERROR", "CONCURRENT_MODIFICATION"),
        *("DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED"),
        "RESOURCE_TEMPORARILY_EXHAUSTED",
    )
)
_MISCONFIGURED = frozenset(
    (
        *("INVALID_CONVERSION_ACTION", "NO_CONVERSION_ACTION_FOUND"),
        *("INVALID_CONVERSION_ACTION_TYPE", "UNAUTHORIZED_CUSTOMER"),
        *("CUSTOMER_NOT_ACCEPTED_CUSTOMER_DATA_TERMS", "USER_PERMISSION_DENIED"),
        *("CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE", "CUSTOMER_NOT_ENABLED"),
        "CUSTOMER_NOT_ENABLED_ENHANCED_CONVERSIONS_FOR_LEADS",
        "CONVERSION_ACTION_NOT_ELIGIBLE_FOR_ENHANCEMENT",
    )
)


class _Token(msgspec.Struct, frozen=True):
    access_token: str


class _Step(msgspec.Struct, frozen=True, rename="camel"):
    field_name: str = ""
    index: int | None = None


class _Location(msgspec.Struct, frozen=True, rename="camel"):
    field_path_elements: list[_Step] = []


class _Fault(msgspec.Struct, frozen=True, rename="camel"):
    error_code: dict[str, str] = {}
    message: str = ""
    location: _Location = _Location()


class _Detail(msgspec.Struct, frozen=True, rename="camel"):
    errors: list[_Fault] = []
    retry_delay: str = ""


class _Error(msgspec.Struct, frozen=True):
    message: str = ""
    status: str = ""
    details: list[_Detail] = []


class _Refusal(msgspec.Struct, frozen=True):
    error: _Error


class _Answer(msgspec.Struct, frozen=True, rename="camel"):
    partial_failure_error: _Error | None = None


class GoogleAdsApi:
    """The API for one customer, signed in with a refresh token.

    Args:
        settings: ``url``, ``token_url``, ``customer_id``, ``developer_token``, …
        client: Where connections are kept.
    """

    def __init__(
        self, settings: Mapping[str, Any], client: httpx.Client | None = None
    ) -> None:
        self._client = client or open_client()
        self._url = str(settings.get("url") or API).rstrip("/") + f"/{VERSION}/"
        self.customer = "customers/" + _digits(settings["customer_id"])
        self._token_url = str(settings.get("token_url") or TOKEN_URL)
        names = ("client_id", "client_secret", "refresh_token")
        self._grant = {name: str(settings[name]) for name in names}
        self._headers = {
            "Content-Type": "application/json",
            "developer-token": str(settings["developer_token"]),
        }
        if settings.get("login_customer_id"):
            manager = _digits(settings["login_customer_id"])
            self._headers["login-customer-id"] = manager
        self._token = ""

    def request(self, path: str, body: bytes) -> Request:
        """Return a request; the token of the session is added when it is sent."""
        return Request("POST", self._url + path, self._headers, body)

    def send(self, request: Request) -> httpx.Response:
        """Make one attempt, with a new token where the old one has ended.

        Raises:
            NotTaken: The request was refused as a whole.
        """
        response = self._send(request)
        if response.status_code == 401:
            self._token = ""
            response = self._send(request)
        if not response.is_success:
            raise NotTaken(_judge_refusal(response))
        return response

    def _send(self, request: Request) -> httpx.Response:
        if not self._token:
            self._token = self._sign_in()
        headers = {**request.headers, "Authorization": f"Bearer {self._token}"}
        signed = Request(request.method, request.url, headers, request.content)
        return exchange(self._client, signed, readable=_READABLE)

    def _sign_in(self) -> str:
        form = urlencode({"grant_type": "refresh_token", **self._grant}).encode()
        asked = Request("POST", self._token_url, _FORM, form)
        response = exchange(self._client, asked, readable={400, 401})
        try:
            return msgspec.json.decode(response.content, type=_Token).access_token
        except msgspec.DecodeError as error:
            reason = "no token for this client and refresh_token"
            status = response.status_code
            raise NotTaken(Outcome(Status.MISCONFIGURED, reason, status)) from error

    def close(self) -> None:
        """Close connections."""
        self._client.close()


def outcomes_of(response: httpx.Response, count: int) -> list[Outcome]:
    """Return one outcome for each of so many records, by their place in the request.

    Raises:
        NotTaken: An error does not say which record it is about.
    """
    answer = read_answer(response, _Answer)
    outcomes = [Outcome(Status.DELIVERED, http_status=200)] * count
    for fault in _faults(answer.partial_failure_error):
        outcome = _outcome_of(fault)
        places = [one.index for one in fault.location.field_path_elements[:1]]
        place = 0 if count == 1 else places[0] if places else None
        if place is None or not 0 <= place < count:
            raise NotTaken(outcome)
        outcomes[place] = outcome
    return outcomes


def _faults(error: _Error | None) -> list[_Fault]:
    if error is None:
        return []
    found = [fault for detail in error.details for fault in detail.errors]
    return found or ([_Fault(message=error.message)] if error.message else [])


def _outcome_of(fault: _Fault) -> Outcome:
    codes = " ".join(fault.error_code.values())
    if codes in _THERE_ALREADY:
        return Outcome(Status.DELIVERED, http_status=200)
    reason = without_personal(f"{codes}: {fault.message}")
    return Outcome(_status_of(codes, Status.REJECTED), reason, 200)


def _judge_refusal(response: httpx.Response) -> Outcome:
    try:
        error = msgspec.json.decode(response.content, type=_Refusal).error
    except msgspec.DecodeError:
        return judge(response)
    faults = _faults(error)
    codes = " ".join(faults[0].error_code.values()) if faults else error.status
    words = faults[0].message if faults else error.message
    outcome = judge(response, without_personal(f"{codes}: {words}"))
    wait = outcome.retry_after_seconds
    delays = [one.retry_delay.removesuffix("s") for one in error.details]
    seconds = [float(one) for one in delays if one.replace(".", "", 1).isdigit()]
    if wait is None and seconds:
        wait = max(seconds)
    status = _status_of(codes, outcome.status)
    return Outcome(status, outcome.reason, response.status_code, wait)


def _status_of(code: str, otherwise: Status) -> Status:
    if code in _RETRY:
        return Status.RETRY
    return Status.MISCONFIGURED if code in _MISCONFIGURED else otherwise


def _digits(value: object) -> str:
    """Return a customer id as the API wants it: without dashes."""
    return str(value).replace("-", "").strip()


def rows_of(contents: Sequence[bytes]) -> bytes:
    """Return encoded records as one JSON array."""
    return b"[" + b",".join(contents) + b"]"

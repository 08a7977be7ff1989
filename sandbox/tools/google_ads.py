"""Google Ads: tokens, reports, conversion uploads, adjustments, customer match jobs."""

from __future__ import annotations

import itertools
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.tools import google_ads_reports
from sandbox.tools.google_ads_rules import (
    find_adjustment_fault,
    find_conversion_fault,
    find_person_fault,
    key_of,
    partial_failure,
)
from sandbox.tools.stand import Stand, bearer_token
from sandbox.tools.traffic import Fault, rejects

TOOL = "google_ads"
MAX_CONVERSIONS = 2000
MAX_OPERATIONS = 100_000
_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
}


def refuse(status: int, message: str = "") -> Response:
    """Return an error as Google's APIs word it."""
    error = {
        "code": status,
        "message": message or "Request failed.",
        "status": _STATUS.get(status, "INTERNAL"),
    }
    return JSONResponse({"error": error}, status)


@dataclass(frozen=True, slots=True)
class GoogleAds:
    """One customer, its conversion actions and one user list."""

    stand: Stand
    _tokens: set[str] = field(default_factory=set)
    _jobs: dict[str, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def routes(self) -> list[Route]:
        """Return the paths that are answered."""
        jobs = "/{version}/customers/{customer}/offlineUserDataJobs"
        return [
            Route("/token", self.give_token, methods=["POST"]),
            Route("/{version}/customers/{call}", self.upload, methods=["POST"]),
            Route(
                "/{version}/customers/{customer}/googleAds:search",
                self.search,
                methods=["POST"],
            ),
            Route(f"{jobs}:create", self.open_job, methods=["POST"]),
            Route(f"{jobs}/{{call}}", self.work_on_job, methods=["POST"]),
        ]

    def forget_tokens(self) -> None:
        """End every session."""
        self._tokens.clear()

    async def give_token(self, request: Request) -> Response:
        """Answer the refresh-token grant."""
        form = dict(parse_qsl((await request.body()).decode()))
        known = self.stand.credentials
        names = ("client_id", "client_secret", "refresh_token")
        expected = {name: known[f"GOOGLE_ADS_{name.upper()}"] for name in names}
        if form != {"grant_type": "refresh_token", **expected}:
            error = {"error": "invalid_grant", "error_description": "Bad Request"}
            return JSONResponse(error, 400)
        token = f"ya29.{secrets.token_urlsafe(24)}"
        self._tokens.add(token)
        body = {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}
        return JSONResponse(body)

    def _keep_out(self, request: Request, customer: str) -> Response | None:
        known = self.stand.credentials
        if bearer_token(request) not in self._tokens:
            return refuse(401, "Request had invalid authentication credentials.")
        if (
            request.headers.get("developer-token")
            != known["GOOGLE_ADS_DEVELOPER_TOKEN"]
        ):
            return refuse(403, "The developer token is not valid.")
        if customer != known["GOOGLE_ADS_CUSTOMER_ID"].replace("-", ""):
            return refuse(403, "The caller does not have permission")
        return None

    async def search(self, request: Request) -> Response:
        """Answer one page of a report."""
        if refusal := self._keep_out(request, request.path_params["customer"]):
            return refusal
        body = await _body_of(request)
        if "pageSize" in body:
            return refuse(400, "PAGE_SIZE_NOT_SUPPORTED")
        page_rows = self.stand.traffic.page_rows(google_ads_reports.PAGE_ROWS)
        try:
            query = google_ads_reports.parse(str(body.get("query")))
            token = str(body.get("pageToken") or "")
            page = google_ads_reports.answer(self.stand.store, query, token, page_rows)
        except google_ads_reports.RefusedQueryError as error:
            return refuse(400, str(error))
        return JSONResponse(page)

    async def upload(self, request: Request) -> Response:
        """Take conversions or adjustments; name each that was not taken."""
        customer, _, method = request.path_params["call"].partition(":")
        if refusal := self._keep_out(request, customer):
            return refusal
        is_upload = method == "uploadClickConversions"
        if not is_upload and method != "uploadConversionAdjustments":
            return refuse(404)
        body = await _body_of(request)
        records = body.get("conversions" if is_upload else "conversionAdjustments")
        if not isinstance(records, list) or not 0 < len(records) <= MAX_CONVERSIONS:
            return refuse(400, f"expected 1 to {MAX_CONVERSIONS} conversions")
        if body.get("partialFailure") is not True:
            return refuse(400, "PARTIAL_FAILURE_MODE_REQUIRED")
        name = "conversions" if is_upload else "conversion_adjustments"
        return self._take(request, name, records)

    def _take(self, request: Request, name: str, records: list[Any]) -> Response:
        faults: list[tuple[int, str]] = []
        taken: dict[str, dict[str, Any]] = {}
        shown: Fault | None = request.scope.get("rejects")
        for place, record in enumerate(records):
            code = self._fault_of(name, record, taken)
            if not code and shown and rejects(shown, key_of(record)):
                code = "EXPIRED_EVENT" if shown.is_final else "INTERNAL_ERROR"
            if code:
                faults.append((place, code))
            else:
                taken[key_of(record)] = record
        self.stand.store.put_many(TOOL, name, taken.items())
        self.stand.note_writes(TOOL, taken.items())
        refused = {place for place, _ in faults}
        results = [
            {} if place in refused else {"conversionAction": record["conversionAction"]}
            for place, record in enumerate(records)
        ]
        return JSONResponse({**partial_failure(name, faults), "results": results})

    def _fault_of(self, name: str, record: Any, taken: dict[str, Any]) -> str:
        store, actions = self.stand.store, self._actions()
        if name == "conversions":
            if fault := find_conversion_fault(record, actions):
                return fault
            if key_of(record) in taken:
                return "DUPLICATE_ORDER_ID"
            is_there = store.get(TOOL, name, key_of(record)) is not None
            return "ORDER_ID_ALREADY_IN_USE" if is_there else ""
        if fault := find_adjustment_fault(record, actions):
            return fault
        original = {**record, "adjustmentType": ""}
        if store.get(TOOL, "conversions", key_of(original)) is None:
            return "CONVERSION_NOT_FOUND"
        is_there = store.get(TOOL, name, key_of(record)) is not None
        is_final = record["adjustmentType"] == "RETRACTION"
        return "CONVERSION_ALREADY_RETRACTED" if is_there and is_final else ""

    def _actions(self) -> frozenset[str]:
        known = self.stand.credentials
        customer = known["GOOGLE_ADS_CUSTOMER_ID"].replace("-", "")
        listed = known["GOOGLE_ADS_CONVERSION_ACTION"].split(",")
        return frozenset(f"customers/{customer}/conversionActions/{i}" for i in listed)

    async def open_job(self, request: Request) -> Response:
        """Open a job for a user list."""
        customer = request.path_params["customer"]
        if refusal := self._keep_out(request, customer):
            return refusal
        job = (await _body_of(request)).get("job") or {}
        wanted = (job.get("customerMatchUserListMetadata") or {}).get("userList")
        known = self.stand.credentials["GOOGLE_ADS_USER_LIST_ID"]
        if wanted != f"customers/{customer}/userLists/{known}":
            return refuse(400, "The user list does not exist.")
        name = f"customers/{customer}/offlineUserDataJobs/{next(self._numbers)}"
        self._jobs[name] = wanted
        return JSONResponse({"resourceName": name})

    async def work_on_job(self, request: Request) -> Response:
        """Take a job's people, or let it run."""
        customer = request.path_params["customer"]
        if refusal := self._keep_out(request, customer):
            return refusal
        number, _, verb = request.path_params["call"].partition(":")
        if f"customers/{customer}/offlineUserDataJobs/{number}" not in self._jobs:
            return refuse(404)
        if verb == "run":
            return JSONResponse({"name": f"operations/{number}"})
        operations = (await _body_of(request)).get("operations")
        if (
            not isinstance(operations, list)
            or not 0 < len(operations) <= MAX_OPERATIONS
        ):
            return refuse(400, f"expected 1 to {MAX_OPERATIONS} operations")
        found = [
            (place, find_person_fault(one)) for place, one in enumerate(operations)
        ]
        faults = [(place, fault) for place, fault in found if fault]
        bad = {place for place, _ in faults}
        people = [
            (json.dumps(next(iter(one.values())), sort_keys=True), one)
            for place, one in enumerate(operations)
            if place not in bad
        ]
        self.stand.store.put_many(TOOL, "members", people)
        self.stand.note_writes(TOOL, people)
        return JSONResponse(partial_failure("operations", faults))


async def _body_of(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}

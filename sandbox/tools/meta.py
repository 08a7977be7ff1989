"""Meta: conversions of one dataset, a custom audience, insights of an ad account.

Of conversions, all of a request are taken or none.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.tools import meta_reports
from sandbox.tools.stand import Stand, bearer_token, words
from sandbox.tools.traffic import Fault, rejects

TOOL = "meta"
MAX_EVENTS = 1000
MAX_PEOPLE = 10_000
SEVEN_DAYS_SECONDS = 7 * 86_400
_HASH = re.compile(r"[0-9a-f]{64}")
_HASHED = words("em ph fn ln ge db ct st zp country")
_CODES = {401: 190, 403: 200, 429: 4, 500: 1, 503: 2}


def refuse(status: int, code: int = 0, message: str = "") -> Response:
    """Return an error as the Graph API words it."""
    error = {
        "message": message or "An unknown error occurred",
        "type": "OAuthException",
        "code": code or _CODES.get(status, 100),
        "is_transient": status >= 500,
        "fbtrace_id": "Demo",
    }
    return JSONResponse({"error": error}, status)


@dataclass(frozen=True, slots=True)
class Meta:
    """One dataset and one audience."""

    stand: Stand

    def routes(self) -> list[Route]:
        """Return the paths that are answered."""
        return [
            Route("/{version}/{account}/insights", self.report, methods=["GET"]),
            Route("/{version}/{dataset}/events", self.take_events, methods=["POST"]),
            Route(
                "/{version}/{audience}/users",
                self.change_audience,
                methods=["POST", "DELETE"],
            ),
        ]

    async def report(self, request: Request) -> Response:
        """Answer one page of insights."""
        known = self.stand.credentials
        if refusal := self._keep_out(request, "account", known["META_AD_ACCOUNT_ID"]):
            return refusal
        most_rows = self.stand.traffic.page_rows(meta_reports.MAX_ROWS)
        address = str(request.url.replace(query=""))
        try:
            page = meta_reports.answer(
                self.stand.store, request.query_params, address, most_rows
            )
        except (meta_reports.RefusedReportError, ValueError) as error:
            return refuse(400, 100, str(error))
        return JSONResponse(page)

    async def take_events(self, request: Request) -> Response:
        """Take a batch, or refuse all of it for one bad event."""
        known = self.stand.credentials
        if refusal := self._keep_out(request, "dataset", known["META_PIXEL_ID"]):
            return refusal
        body = await _body_of(request)
        events = body.get("data")
        if not isinstance(events, list) or not 0 < len(events) <= MAX_EVENTS:
            return refuse(400, 100, f"data must have 1 to {MAX_EVENTS} events")
        for event in events:
            if fault := _find_fault(event):
                return refuse(400, 100, fault)
        shown: Fault | None = request.scope.get("rejects")
        if shown and any(rejects(shown, _key(event)) for event in events):
            if shown.is_final:
                return refuse(400, 100, "Invalid parameter of an event")
            return refuse(500, 2, "Service temporarily unavailable")
        keyed = [(_key(event), event) for event in events]
        self.stand.store.put_many(TOOL, "events", keyed)
        self.stand.note_writes(TOOL, keyed)
        answer = {"events_received": len(events), "messages": [], "fbtrace_id": "Demo"}
        return JSONResponse(answer)

    async def change_audience(self, request: Request) -> Response:
        """Add people or take them out; count the rows that are not as they must be."""
        known = self.stand.credentials
        if refusal := self._keep_out(request, "audience", known["META_AUDIENCE_ID"]):
            return refusal
        payload = (await _body_of(request)).get("payload") or {}
        rows = payload.get("data")
        if not isinstance(rows, list) or not 0 < len(rows) <= MAX_PEOPLE:
            return refuse(400, 100, f"payload.data must have 1 to {MAX_PEOPLE} rows")
        good = [row for row in rows if _is_hashed(row)]
        schema = payload["schema"]
        is_member = request.method == "POST"
        keyed = [
            (
                "|".join(row),
                {**dict(zip(schema, row, strict=True)), "member": is_member},
            )
            for row in good
        ]
        self.stand.store.put_many(TOOL, "users", keyed)
        self.stand.note_writes(TOOL, keyed)
        answer = {
            "audience_id": request.path_params["audience"],
            "num_received": len(rows),
            "num_invalid_entries": len(rows) - len(good),
            "invalid_entry_samples": {},
        }
        return JSONResponse(answer)

    def _keep_out(self, request: Request, name: str, known: str) -> Response | None:
        token = bearer_token(request) or request.query_params.get("access_token")
        if token != self.stand.credentials["META_ACCESS_TOKEN"]:
            return refuse(400, 190, "Invalid OAuth access token.")
        if request.path_params[name] != known:
            return refuse(400, 803, "The object does not exist")
        return None


async def _body_of(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _key(event: dict[str, Any]) -> str:
    """Return what the vendor deduplicates by."""
    return f"{event['event_name']}|{event.get('event_id') or id(event)}"


def _find_fault(event: Any) -> str:
    if not isinstance(event, dict) or not event.get("event_name"):
        return "event_name is required"
    moment = event.get("event_time")
    if (
        not isinstance(moment, int)
        or not -SEVEN_DAYS_SECONDS < moment - time.time() < 60
    ):
        return "event_time must be within the last seven days"
    people = event.get("user_data")
    if not isinstance(people, dict) or not people:
        return "user_data must hold at least one parameter"
    for name in _HASHED & people.keys():
        if not _HASH.fullmatch(str(people[name])):
            return f"user_data.{name} must be hashed"
    if not event.get("action_source"):
        return "action_source is required"
    worth = (event.get("custom_data") or {}).get("value", 0)
    return (
        "" if isinstance(worth, int | float) else "custom_data.value must be a number"
    )


def _is_hashed(row: Any) -> bool:
    return (
        isinstance(row, list)
        and any(row)
        and all(cell == "" or _HASH.fullmatch(str(cell)) for cell in row)
    )

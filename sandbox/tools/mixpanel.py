"""Mixpanel: batch import of events, with a verdict on each event in strict mode."""

from __future__ import annotations

import gzip
import json
import re
import time
import zlib
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.tools.stand import Stand, basic_credentials, words

MAX_EVENTS = 2000
MAX_BYTES = 2_097_152
FIVE_YEARS_SECONDS = 5 * 365 * 86_400
MILLISECONDS_FROM = 10**11
_INSERT_ID = re.compile(r"[A-Za-z0-9-]{1,36}")
_NOBODY = words(
    "anon anonymous nil none null n/a na undefined unknown 0 -1 true false [] {}"
    " 00000000-0000-0000-0000-000000000000"
)
_STATUS = {
    400: ("Bad Request", "Some data points in the request failed validation."),
    401: ("Unauthorized", "Invalid credentials"),
    413: (
        "Request Entity Too Large",
        f"request exceeds max limit of {MAX_BYTES} bytes",
    ),
    429: (
        "Too Many Requests",
        "Project exceeded rate limits. Please retry with exponential backoff.",
    ),
}


def refuse(status: int, error: str = "") -> Response:
    """Return an error as the ingestion API words it."""
    name, usual = _STATUS.get(status, ("Internal Server Error", "internal error"))
    body = {"code": status, "error": error or usual, "status": name}
    return JSONResponse(body, status)


@dataclass(frozen=True, slots=True)
class Mixpanel:
    """One project."""

    stand: Stand

    def routes(self) -> list[Route]:
        """Return the paths that are answered."""
        return [
            Route("/import", self.take_events, methods=["POST"]),
            Route("/engage", self.take_profiles, methods=["POST"]),
            Route("/groups", self.take_groups, methods=["POST"]),
        ]

    async def take_profiles(self, request: Request) -> Response:
        """Take updates of users' profiles."""
        return await self._take_updates(request, "profiles", ("$distinct_id",))

    async def take_groups(self, request: Request) -> Response:
        """Take updates of groups."""
        return await self._take_updates(request, "groups", ("$group_key", "$group_id"))

    async def _take_updates(
        self, request: Request, name: str, keys: tuple[str, ...]
    ) -> Response:
        try:
            updates = _parse(await _body_of(request), "application/json")
        except (OSError, EOFError, zlib.error, ValueError):
            updates = None
        if not isinstance(updates, list) or not 0 < len(updates) <= MAX_EVENTS:
            return _verdict("data is not a list of updates")
        for update in updates:
            is_update = isinstance(update, dict) and update.get("$token")
            if not is_update or not all(update.get(key) for key in keys):
                return _verdict(f"each update needs $token, {', '.join(keys)}")
        # an update changes what is there: each is kept, as the events are
        keyed = [(json.dumps(update, sort_keys=True), update) for update in updates]
        self.stand.store.put_many("mixpanel", name, keyed)
        self.stand.note_writes("mixpanel", keyed)
        return _verdict("")

    async def take_events(self, request: Request) -> Response:
        """Take a batch; in strict mode name every event that was not taken."""
        known = self.stand.credentials
        account = (known["MIXPANEL_SERVICE_ACCOUNT"], known["MIXPANEL_SERVICE_SECRET"])
        if basic_credentials(request) != account:
            return refuse(401)
        if request.query_params.get("project_id") != known["MIXPANEL_PROJECT_ID"]:
            return refuse(401, "project_id is missing or not of this service account")
        try:
            raw = await _body_of(request)
            events = _parse(raw, request.headers.get("content-type", ""))
        except (OSError, EOFError, zlib.error, ValueError):
            return refuse(400, "the body is not valid JSON, or not valid gzip")
        if len(raw) > MAX_BYTES:
            return refuse(413)
        if not isinstance(events, list) or not 0 < len(events) <= MAX_EVENTS:
            return refuse(400, f"expected an array of 1 to {MAX_EVENTS} events")
        return self._judge(events, is_strict=request.query_params.get("strict") == "1")

    def _judge(self, events: list[Any], *, is_strict: bool) -> Response:
        failed, taken = [], []
        for index, event in enumerate(events):
            field, message = _find_fault(event)
            if field:
                failed.append(_failed_record(index, event, field, message))
            else:
                taken.append(event)
        keyed = [(_key(event), event) for event in taken]
        self.stand.store.put_many("mixpanel", "events", keyed)
        self.stand.note_writes("mixpanel", keyed)
        answer = {"code": 200, "num_records_imported": len(taken), "status": "OK"}
        if not failed or not is_strict:
            return JSONResponse(answer)
        name, error = _STATUS[400]
        answer |= {"code": 400, "status": name, "error": error}
        return JSONResponse({**answer, "failed_records": failed}, 400)


def _verdict(error: str) -> Response:
    """Return the answer of the profile endpoints, as with ``verbose=1``."""
    return JSONResponse({"error": error or None, "status": 0 if error else 1})


async def _body_of(request: Request) -> bytes:
    raw = await request.body()
    if request.headers.get("content-encoding") == "gzip":
        return gzip.decompress(raw)
    return raw


def _parse(raw: bytes, content_type: str) -> Any:
    if content_type.startswith("application/x-ndjson"):
        return [json.loads(line) for line in raw.splitlines() if line.strip()]
    return json.loads(raw)


def _key(event: dict[str, Any]) -> str:
    """Return what the vendor deduplicates by."""
    told = event["properties"]
    parts = (event["event"], told["time"], told["distinct_id"], told["$insert_id"])
    return "|".join(str(part) for part in parts)


def _find_fault(event: Any) -> tuple[str, str]:
    """Return field and message of the first fault, or two empty strings."""
    if not isinstance(event, dict) or set(event) - {"event", "properties"}:
        return "event", "the event must be an object of event and properties only"
    if not isinstance(event.get("event"), str) or not event["event"]:
        return "event", "'event' is invalid: must not be missing or blank"
    told = event.get("properties")
    if not isinstance(told, dict):
        return "properties", "'properties' is invalid: must be an object"
    return _find_property_fault(told)


def _find_property_fault(told: dict[str, Any]) -> tuple[str, str]:
    moment = told.get("time")
    place = "'properties.time' is invalid: must"
    if not isinstance(moment, int) or isinstance(moment, bool):
        return "properties.time", f"{place} be specified as seconds since epoch"
    seconds = moment / 1000 if moment >= MILLISECONDS_FROM else moment
    if seconds < time.time() - FIVE_YEARS_SECONDS:
        return "properties.time", f"{place} be within the last 5 years"
    insert_id = told.get("$insert_id")
    if not isinstance(insert_id, str) or not _INSERT_ID.fullmatch(insert_id):
        message = "'properties.$insert_id' is invalid: must match [A-Za-z0-9-]{1,36}"
        return "properties.$insert_id", message
    distinct_id = told.get("distinct_id")
    if not isinstance(distinct_id, str) or distinct_id.lower() in _NOBODY:
        message = "'properties.distinct_id' is invalid: must not be a generic value"
        return "properties.distinct_id", message
    if len(told) > 255:
        return "properties", "'properties' is invalid: must have at most 255 keys"
    return "", ""


def _failed_record(index: int, event: Any, field: str, message: str) -> dict[str, Any]:
    told = event.get("properties") if isinstance(event, dict) else None
    insert_id = told.get("$insert_id", "") if isinstance(told, dict) else ""
    return {
        "index": index,
        "insert_id": str(insert_id),
        "field": field,
        "message": message,
    }

"""Google Analytics 4: the Measurement Protocol, which always says that all is well.

Whatever is wrong with a request or an event is dropped in silence, as the vendor does.
Nothing is deduplicated: an event that comes twice is there twice.
"""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.tools.stand import Stand, words

TOOL = "google_analytics"
MAX_EVENTS = 25
MAX_BYTES = 130_000
THREE_DAYS_MICROSECONDS = 72 * 3600 * 1_000_000
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_RESERVED = words(
    "ad_click ad_exposure app_remove app_update error first_open first_visit"
    " in_app_purchase session_start user_engagement"
)
_PREFIXES = ("firebase_", "ga_", "google_", "_")


def refuse(status: int) -> Response:
    """Return an error of the network in front of the vendor; it has no body of ours."""
    return Response(status_code=status)


@dataclass(frozen=True, slots=True)
class GoogleAnalytics:
    """One stream."""

    stand: Stand
    _numbers: Iterator[int] = field(
        default_factory=lambda: itertools.count(time.time_ns())
    )

    def routes(self) -> list[Route]:
        """Return the paths that are answered."""
        return [
            Route("/mp/collect", self.collect, methods=["POST"]),
            Route("/debug/mp/collect", self.validate, methods=["POST"]),
        ]

    async def collect(self, request: Request) -> Response:
        """Take what can be taken and answer 204 in any case."""
        known, given = self.stand.credentials, request.query_params
        is_known = (given.get("measurement_id"), given.get("api_secret")) == (
            known["GOOGLE_ANALYTICS_MEASUREMENT_ID"],
            known["GOOGLE_ANALYTICS_API_SECRET"],
        )
        raw = await request.body()
        body = _parse(raw)
        if is_known and len(raw) <= MAX_BYTES and not _find_faults(body):
            self._keep(body)
        return Response(status_code=204)

    async def validate(self, request: Request) -> Response:
        """Say what is wrong with a body; keep nothing of it."""
        messages = _find_faults(_parse(await request.body()))
        return JSONResponse({"validationMessages": messages})

    def _keep(self, body: dict[str, Any]) -> None:
        shared = {key: body[key] for key in ("client_id", "user_id") if key in body}
        kept, written = [], []
        for event in body["events"]:
            moment = event.get("timestamp_micros", body.get("timestamp_micros"))
            number = str(next(self._numbers))
            document = {**shared, **event, "timestamp_micros": moment}
            order_id = (event.get("params") or {}).get("transaction_id")
            key = f"{event['name']}|{order_id}" if order_id else number
            kept.append((number, document))
            written.append((key, document))
        self.stand.store.put_many(TOOL, "events", kept)
        self.stand.note_writes(TOOL, written)


def _parse(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _find_faults(body: Any) -> list[dict[str, str]]:
    """Return what the validation server says about a body."""
    if not isinstance(body, dict) or not body.get("client_id"):
        return [_message("client_id", "Measurement requires a client_id.", "REQUIRED")]
    events = body.get("events")
    if not isinstance(events, list) or not 0 < len(events) <= MAX_EVENTS:
        text = f"Measurement events should have 1 to {MAX_EVENTS} items."
        return [_message("events", text, "EXCEEDED_MAX_ENTITIES")]
    return [fault for event in events for fault in _faults_of(event, body)]


def _faults_of(event: Any, body: dict[str, Any]) -> list[dict[str, str]]:
    name = event.get("name") if isinstance(event, dict) else None
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return [
            _message("events", f"Event name [{name}] is not valid.", "NAME_INVALID")
        ]
    if name in _RESERVED or name.startswith(_PREFIXES):
        return [
            _message("events", f"Event name [{name}] is reserved.", "NAME_RESERVED")
        ]
    params = event.get("params") or {}
    if len(params) > MAX_EVENTS:
        return [_message("events.params", "Too many.", "EXCEEDED_MAX_ENTITIES")]
    moment = event.get("timestamp_micros", body.get("timestamp_micros"))
    oldest = time.time_ns() // 1000 - THREE_DAYS_MICROSECONDS
    if moment is not None and moment < oldest:
        return [_message("timestamp_micros", "It is too old.", "VALUE_OUT_OF_BOUNDS")]
    return []


def _message(path: str, text: str, code: str) -> dict[str, str]:
    return {"fieldPath": path, "description": text, "validationCode": code}

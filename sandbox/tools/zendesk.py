"""Zendesk: incremental exports, of users and tickets by cursor, of events by time."""

from __future__ import annotations

import base64
import json
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.tools.stand import Stand, basic_credentials
from sandbox.tools_store import MICROSECONDS, Position

MAX_ROWS = 1000
MAX_LISTED = 100
OBJECTS = ("users", "tickets")
EVENTS = "ticket_events"
YOUNGEST_START_SECONDS = 60
_USUAL = {
    401: ("Couldn't authenticate you", "Couldn't authenticate you"),
    404: ("InvalidEndpoint", "Not found"),
    429: ("APIRateLimitExceeded", "Number of allowed API requests exceeded"),
}


def refuse(status: int, description: str = "") -> Response:
    """Return an error as the API words it."""
    usual = _USUAL.get(status, ("InternalError", "Something went wrong"))
    body = {"error": usual[0], "description": description or usual[1]}
    return JSONResponse(body if status != 401 else {"error": usual[0]}, status)


@dataclass(frozen=True, slots=True)
class Zendesk:
    """One help desk, read with an API token."""

    stand: Stand

    def routes(self) -> list[Route]:
        """Return the paths that are answered, with and without ``.json``."""
        suffixes = ("", ".json")
        events = "/api/v2/incremental/ticket_events"
        return [
            *(
                Route(f"/api/v2/incremental/{name}/cursor{suffix}", self.export)
                for name in OBJECTS
                for suffix in suffixes
            ),
            *(
                Route(f"/api/v2/{name}/count{suffix}", self.count)
                for name in OBJECTS
                for suffix in suffixes
            ),
            *(Route(events + suffix, self.export_events) for suffix in suffixes),
            *(
                Route("/api/v2/tickets" + suffix, self.list_tickets)
                for suffix in suffixes
            ),
        ]

    def _is_known(self, request: Request) -> bool:
        known = self.stand.credentials
        account = (f"{known['ZENDESK_EMAIL']}/token", known["ZENDESK_API_TOKEN"])
        return basic_credentials(request) == account

    async def count(self, request: Request) -> Response:
        """Answer how many records of a kind are not deleted."""
        if not self._is_known(request):
            return refuse(401)
        name = request.url.path.split("/")[-2]
        where = "tool = 'zendesk' and object_name = ?"
        found = self.stand.store.select(where, [name])
        count = sum(
            one.body.get("status") != "deleted" and one.body.get("active", True)
            for _, one in found
        )
        return JSONResponse({"count": {"value": count, "refreshed_at": None}})

    async def list_tickets(self, request: Request) -> Response:
        """Answer one page of the tickets that are not deleted, the newest first."""
        if not self._is_known(request):
            return refuse(401)
        parameters, store = request.query_params, self.stand.store
        if (parameters.get("sort_by"), parameters.get("sort_order")) != ("id", "desc"):
            return refuse(400, "only the order by id, descending, is known here")
        number = int(parameters.get("page", "1"))
        asked = min(int(parameters.get("per_page", MAX_LISTED)), MAX_LISTED)
        rows = self.stand.traffic.page_rows(asked)
        where = (
            "tool = 'zendesk' and object_name = 'tickets'"
            " and json_extract(cast(body as text), '$.status') is not 'deleted'"
            " order by cast(id as integer) desc limit ? offset ?"
        )
        found = store.select(where, [rows + 1, (number - 1) * rows])
        page = [document.body for _, document in found[:rows]]
        if parameters.get("include") == "comment_count":
            counts = self._comment_counts([one["id"] for one in page])
            page = [{**one, "comment_count": counts.get(one["id"], 0)} for one in page]
        has_more = len(found) > rows
        url = request.url.include_query_params(page=number + 1)
        return JSONResponse(
            {"tickets": page, "next_page": str(url) if has_more else None}
        )

    def _comment_counts(self, tickets: list[int]) -> Counter[int]:
        ticket = "json_extract(cast(body as text), '$.ticket_id')"
        marks = ", ".join("?" * len(tickets))
        where = f"tool = 'zendesk' and object_name = ? and {ticket} in ({marks})"
        found = self.stand.store.select(where, [EVENTS, *tickets])
        return Counter(
            one.body["ticket_id"]
            for _, one in found
            for child in one.body["child_events"]
            if child["event_type"] == "Comment"
        )

    async def export(self, request: Request) -> Response:
        """Answer one page of an export, oldest change first."""
        if not self._is_known(request):
            return refuse(401)
        object_name = request.url.path.split("/")[-2]
        parameters = request.query_params
        try:
            asked = min(int(parameters.get("per_page", MAX_ROWS)), MAX_ROWS)
            rows = self.stand.traffic.page_rows(asked)
            after, since = _start_of(parameters)
        except ValueError as error:
            return refuse(400, str(error))
        documents = self.stand.store.page(
            "zendesk", object_name, after=after, limit=rows + 1, since=since
        )
        page = documents[:rows]
        position = page[-1].position if page else after
        cursor = _cursor_of(position or Position(since or 0, ""))
        is_end = len(documents) <= rows
        query = {"cursor": cursor, "per_page": str(rows)}
        url = request.url.replace(query="").include_query_params(**query)
        body = {
            object_name: [document.body for document in page],
            "after_url": str(url),  # of the last page, too: what changes next
            "after_cursor": cursor,
            "before_url": None,
            "before_cursor": None,
            "end_of_stream": is_end,
        }
        return JSONResponse(body)

    async def export_events(self, request: Request) -> Response:
        """Answer one page of ticket events, oldest first.

        This export knows no cursor: the next page begins at the second in which this
        one ends, and shows the events of that second again.
        """
        if not self._is_known(request):
            return refuse(401)
        parameters, store = request.query_params, self.stand.store
        try:
            since = _start_of(parameters)[1] or 0
        except ValueError as error:
            return refuse(400, str(error))
        again = store.count(
            "zendesk", EVENTS, since=since, until=since + MICROSECONDS - 1
        )
        rows = self.stand.traffic.page_rows(MAX_ROWS) + again
        found = store.page("zendesk", EVENTS, limit=rows + 1, since=since)
        page = found[:rows]
        end = (page[-1].updated_at if page else since) // MICROSECONDS
        query = {**parameters, "start_time": str(end)}
        has_comments = parameters.get("include") == "comment_events"
        body = {
            EVENTS: [_event(one.body, has_comments) for one in page],
            "next_page": str(request.url.replace_query_params(**query)),
            "count": len(page),
            "end_time": end,
            "end_of_stream": len(found) <= rows,
        }
        return JSONResponse(body)


def _event(body: dict[str, Any], has_comments: bool) -> dict[str, Any]:
    """Return an event as it is asked for; without comments they are plain changes."""
    if has_comments:
        return body
    children = [
        {**one, "event_type": "Create"} if one["event_type"] == "Comment" else one
        for one in body["child_events"]
    ]
    return {**body, "child_events": children}


def _start_of(parameters: Mapping[str, str]) -> tuple[Position | None, int | None]:
    if "cursor" in parameters:
        clock, key = _decoded(parameters["cursor"])
        return Position(clock, key), None
    if "start_time" not in parameters:
        message = "start_time or cursor is required"
        raise ValueError(message)
    start_time = int(parameters["start_time"])
    if start_time > time.time() - YOUNGEST_START_SECONDS:
        message = "Too recent start_time. Use a start_time older than 60 seconds"
        raise ValueError(message)
    return None, start_time * MICROSECONDS


def _cursor_of(position: Position) -> str:
    text = json.dumps([position.clock, position.id])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _decoded(cursor: str) -> tuple[int, str]:
    decoded: Any = json.loads(base64.urlsafe_b64decode(cursor))
    return int(decoded[0]), str(decoded[1])

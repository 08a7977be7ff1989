"""Klaviyo: profiles, events and metrics by cursor; bulk import of profiles."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.tools.klaviyo_imports import JOBS, Imports
from sandbox.tools.klaviyo_replies import MEDIA_TYPE, RefusedError, answer
from sandbox.tools.stand import Stand, bearer_token
from sandbox.tools_store import Document, Position, microseconds

_REVISION = re.compile(r"20\d\d-\d\d-\d\d(\.\w+)?")
_FILTER = re.compile(r"(greater-than|greater-or-equal)\((\w+),([^)]+)\)")


@dataclass(frozen=True, slots=True)
class Listing:
    """What one list endpoint allows.

    Attributes:
        object_name: Where its documents are.
        clock: The attribute that it filters and sorts by.
        operators: The filter operators that the clock takes.
        usual_size: Page size where none is asked for.
        max_size: Largest page; 0 where ``page[size]`` is not taken.
        parameters: Further query parameters that it knows.
    """

    object_name: str
    clock: str
    operators: tuple[str, ...]
    usual_size: int
    max_size: int
    parameters: frozenset[str]


PROFILES = Listing(
    "profiles", "updated", ("greater-than",), 20, 100,
    frozenset({"additional-fields[profile]", "fields[profile]"}),
)  # fmt: skip
EVENTS = Listing(
    "events", "datetime", ("greater-than", "greater-or-equal"), 200, 1000,
    frozenset({"include", "fields[event]", "fields[metric]"}),
)  # fmt: skip
METRICS = Listing("metrics", "updated", (), 200, 0, frozenset({"fields[metric]"}))


@dataclass(slots=True)
class Klaviyo:
    """One account."""

    stand: Stand
    _imports: Imports = field(init=False)

    def __post_init__(self) -> None:
        """Open the jobs."""
        self._imports = Imports(self.stand)

    def routes(self) -> list[Route]:
        """Return the paths that are answered, with or without a slash at the end."""
        answers: dict[str, Callable[[Request], Awaitable[Response]]] = {
            "profiles": self._listing(PROFILES),
            "events": self._listing(EVENTS),
            "metrics": self._listing(METRICS),
            f"{JOBS}/{{job_id}}": self._checked(self._show_job),
            f"{JOBS}/{{job_id}}/import-errors": self._checked(self._show_errors),
        }
        routes = [
            Route(f"/api/{path}{slash}", endpoint)
            for path, endpoint in answers.items()
            for slash in ("", "/")
        ]
        start = self._checked(self._start_job)
        return routes + [
            Route(f"/api/{JOBS}{slash}", start, methods=["POST"]) for slash in ("", "/")
        ]

    def _checked(
        self, endpoint: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def check(request: Request) -> Response:
            try:
                self._admit(request)
                return await endpoint(request)
            except RefusedError as error:
                return error.reply()

        return check

    def _admit(self, request: Request) -> None:
        key = bearer_token(request, "Klaviyo-API-Key")
        if not key:
            detail = "Missing or invalid authorization scheme: use Klaviyo-API-Key."
            raise RefusedError(401, detail)
        if key != self.stand.credentials["KLAVIYO_API_KEY"]:
            raise RefusedError(403)
        revision = request.headers.get("revision", "")
        if not _REVISION.fullmatch(revision):
            detail = "The revision header is required: an API revision as YYYY-MM-DD."
            raise RefusedError(400, detail, {"parameter": "revision"})

    async def _start_job(self, request: Request) -> Response:
        content_type = request.headers.get("content-type", "").split(";")[0]
        if content_type not in {MEDIA_TYPE, "application/json"}:
            raise RefusedError(415)
        raw = await request.body()
        try:
            body = json.loads(raw)
        except ValueError as error:
            raise RefusedError(400, "The body is not valid JSON.") from error
        return answer({"data": self._imports.start(body, len(raw))}, 202)

    async def _show_job(self, request: Request) -> Response:
        return answer({"data": self._imports.show(request.path_params["job_id"])})

    async def _show_errors(self, request: Request) -> Response:
        errors = self._imports.errors(request.path_params["job_id"])
        links = {"self": str(request.url), "next": None, "prev": None}
        return answer({"data": errors, "links": links})

    def _listing(self, listing: Listing) -> Callable[[Request], Awaitable[Response]]:
        async def show(request: Request) -> Response:
            return answer(self._page(listing, request))

        return self._checked(show)

    def _page(self, listing: Listing, request: Request) -> dict[str, Any]:
        parameters = request.query_params
        known = {"filter", "sort", "page[cursor]", "page[size]"} | listing.parameters
        for name in parameters:
            if name not in known:
                detail = f"'{name}' is not a valid parameter."
                raise RefusedError(400, detail, {"parameter": name})
        size = _size_of(listing, parameters.get("page[size]"))
        documents = self.stand.store.page(
            "klaviyo",
            listing.object_name,
            after=_position_of(parameters.get("page[cursor]")),
            limit=size + 1,
            since=_since_of(listing, parameters.get("filter")),
            descending=_is_descending(listing, parameters.get("sort")),
        )
        shown = [_shown(one, parameters) for one in documents[:size]]
        following = None
        if len(documents) > size:
            cursor = _cursor_of(documents[size - 1].position)
            following = str(
                request.url.include_query_params(**{"page[cursor]": cursor})
            )
        links = {"self": str(request.url), "next": following, "prev": None}
        page: dict[str, Any] = {"data": shown, "links": links}
        if parameters.get("include") == "metric":
            page["included"] = self._metrics_of(shown)
        return page

    def _metrics_of(self, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        ids = {one["relationships"]["metric"]["data"]["id"] for one in events}
        found = (self.stand.store.get("klaviyo", "metrics", key) for key in sorted(ids))
        return [
            {**metric, "links": {"self": f"/api/metrics/{metric['id']}/"}}
            for metric in found
            if metric is not None
        ]


def _size_of(listing: Listing, asked: str | None) -> int:
    if asked is None:
        return listing.usual_size
    if not asked.isdigit() or not 1 <= int(asked) <= listing.max_size:
        detail = f"page[size] must be between 1 and {listing.max_size}."
        raise RefusedError(400, detail, {"parameter": "page[size]"})
    return int(asked)


def _since_of(listing: Listing, condition: str | None) -> int | None:
    if condition is None:
        return None
    found = _FILTER.fullmatch(condition.replace(" ", "+"))
    if not found or found[2] != listing.clock or found[1] not in listing.operators:
        detail = f"Invalid filter provided: {condition}"
        raise RefusedError(400, detail, {"parameter": "filter"})
    try:
        moment = microseconds(found[3])
    except ValueError as error:
        detail = f"Invalid date: {found[3]}"
        raise RefusedError(400, detail, {"parameter": "filter"}) from error
    return moment + 1 if found[1] == "greater-than" else moment


def _is_descending(listing: Listing, sort: str | None) -> bool:
    if sort not in {None, listing.clock, f"-{listing.clock}"}:
        raise RefusedError(400, "Invalid sort provided.", {"parameter": "sort"})
    return sort is not None and sort.startswith("-")


def _cursor_of(position: Position) -> str:
    text = json.dumps([position.clock, position.id])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _position_of(cursor: str | None) -> Position | None:
    if cursor is None:
        return None
    try:
        clock, key = json.loads(base64.urlsafe_b64decode(cursor))
    except ValueError as error:
        detail = "Invalid cursor provided."
        raise RefusedError(400, detail, {"parameter": "page[cursor]"}) from error
    return Position(clock, key)


def _shown(document: Document, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return a document as asked for; subscriptions only on request."""
    body = document.body
    if body["type"] == "profile":
        asked = parameters.get("additional-fields[profile]", "")
        if "subscriptions" not in asked.split(","):
            attributes = dict(body["attributes"])
            attributes.pop("subscriptions", None)
            body = {**body, "attributes": attributes}
    return {**body, "links": {"self": f"/api/{body['type']}s/{document.id}/"}}

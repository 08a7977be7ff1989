"""Klaviyo: profiles, campaigns, events, metrics by cursor; bulk import of profiles."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.tools.klaviyo_imports import JOBS, Imports
from sandbox.tools.klaviyo_listings import (
    CAMPAIGNS,
    EVENTS,
    METRICS,
    PROFILES,
    Listing,
    cursor_of,
    is_asked_for,
    is_descending,
    position_of,
    since_of,
    size_of,
    values_of,
)
from sandbox.tools.klaviyo_replies import MEDIA_TYPE, RefusedError, answer
from sandbox.tools.stand import Stand, bearer_token
from sandbox.tools_store import Document

_REVISION = re.compile(r"20\d\d-\d\d-\d\d(\.\w+)?")


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
            "campaigns": self._listing(CAMPAIGNS),
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
        size = size_of(listing, parameters.get("page[size]"))
        if asked := values_of(listing, parameters.get("filter")):
            return self._matches(request, *asked, size)
        documents = self.stand.store.page(
            "klaviyo",
            listing.object_name,
            after=position_of(parameters.get("page[cursor]")),
            limit=size + 1,
            since=since_of(listing, parameters.get("filter")),
            descending=is_descending(listing, parameters.get("sort")),
        )
        condition = parameters.get("filter")
        shown = [
            _shown(one, parameters)
            for one in documents[:size]
            if is_asked_for(listing, condition, one.body["attributes"].get("archived"))
        ]
        following = None
        if len(documents) > size:
            cursor = cursor_of(documents[size - 1].position)
            following = str(
                request.url.include_query_params(**{"page[cursor]": cursor})
            )
        links = {"self": str(request.url), "next": following, "prev": None}
        page: dict[str, Any] = {"data": shown, "links": links}
        if parameters.get("include") == "metric":
            page["included"] = self._metrics_of(shown)
        elif parameters.get("include") == "campaign-messages":
            page["included"] = self._messages_of(shown)
        return page

    def _matches(
        self, request: Request, field: str, values: list[str], size: int
    ) -> dict[str, Any]:
        marks = ",".join("?" * len(values))
        path = f"$.attributes.{field}"
        where = (
            "tool = 'klaviyo' and object_name = 'profiles'"
            f" and lower(json_extract(cast(body as text), ?)) in ({marks}) limit ?"
        )
        found = self.stand.store.select(where, [path, *values, size])
        shown = [_shown(document, request.query_params) for _, document in found]
        links = {"self": str(request.url), "next": None, "prev": None}
        return {"data": shown, "links": links}

    def _messages_of(self, campaigns: list[dict[str, Any]]) -> list[dict[str, Any]]:
        ids = [
            message["id"]
            for one in campaigns
            for message in one["relationships"]["campaign-messages"]["data"]
        ]
        found = (
            self.stand.store.get("klaviyo", "campaign_messages", key) for key in ids
        )
        return [
            {**message, "links": {"self": f"/api/campaign-messages/{message['id']}/"}}
            for message in found
            if message is not None
        ]

    def _metrics_of(self, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        ids = {one["relationships"]["metric"]["data"]["id"] for one in events}
        found = (self.stand.store.get("klaviyo", "metrics", key) for key in sorted(ids))
        return [
            {**metric, "links": {"self": f"/api/metrics/{metric['id']}/"}}
            for metric in found
            if metric is not None
        ]


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

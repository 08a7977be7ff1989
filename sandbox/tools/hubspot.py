"""HubSpot: lists and search of CRM objects, associations, batches of records."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.tools.hubspot_batches import (
    MAX_INPUTS_WITH_HISTORY,
    Batches,
    with_history,
)
from sandbox.tools.stand import Stand, bearer_token
from sandbox.tools_store import Document

MAX_LISTED = 100
MAX_FOUND = 200
MAX_RESULTS = 10_000
_CLOCKS = ("lastmodifieddate", "hs_lastmodifieddate")
_CATEGORIES = {
    401: "INVALID_AUTHENTICATION",
    404: "OBJECT_NOT_FOUND",
    429: "RATE_LIMITS",
    500: "INTERNAL_ERROR",
    503: "SERVICE_UNAVAILABLE",
}
_LIVE = (
    "tool = 'hubspot' and object_name = ?"
    " and json_extract(cast(body as text), '$.archived') = ?"
)
_OPERATORS = {"GTE": ">=", "GT": ">", "EQ": "="}
_Answer = Callable[[Request], Awaitable[Response]]


def refuse(status: int, message: str = "") -> Response:
    """Return an error as the API words it."""
    body = {
        "status": "error",
        "message": message or "The request was not taken.",
        "correlationId": str(uuid.uuid4()),
        "category": _CATEGORIES.get(status, "VALIDATION_ERROR"),
    }
    return JSONResponse(body, status)


@dataclass(frozen=True, slots=True)
class Hubspot:
    """One account, opened by the token of a private app."""

    stand: Stand

    def routes(self) -> list[Route]:
        """Return the paths that are answered."""
        batches = Batches(self.stand)
        listing = self._checked(self.list_objects)
        search = self._checked(self.search)
        related = self._checked(self.read_associations)
        pairs = "/crm/v4/associations/{object}/{other}/batch/read"
        routes = [
            Route("/crm/v3/objects/{object}", listing),
            Route("/crm/v3/objects/{object}/search", search, methods=["POST"]),
            Route(pairs, related, methods=["POST"]),
        ]
        for action in ("upsert", "update", "create", "read", "archive"):
            do = self._checked(getattr(batches, action))
            path = f"/crm/objects/{{version}}/{{object}}/batch/{action}"
            routes.append(Route(path, do, methods=["POST"]))
        older = "/crm/v3/objects/{object}/batch/read"
        routes.append(Route(older, self._checked(batches.read), methods=["POST"]))
        return routes

    def _checked(self, do: _Answer) -> _Answer:
        async def check(request: Request) -> Response:
            if bearer_token(request) != self.stand.credentials["HUBSPOT_TOKEN"]:
                return refuse(401, "Authentication credentials not found.")
            try:
                return await do(request)
            except (KeyError, ValueError, TypeError) as error:
                return refuse(400, f"Invalid input: {error}")

        return check

    async def list_objects(self, request: Request) -> Response:
        """Answer one page of the live or the archived records, by id."""
        parameters = request.query_params
        limit = int(parameters.get("limit", "10"))
        most = (
            MAX_INPUTS_WITH_HISTORY
            if "propertiesWithHistory" in parameters
            else MAX_LISTED
        )
        if limit > most:
            return refuse(400, f"limit must not exceed {most}")
        rows = self.stand.traffic.page_rows(limit)
        where = "cast(id as integer) > ? order by cast(id as integer) limit ?"
        found = self._select(
            request.path_params["object"],
            where,
            [int(parameters.get("after", "0")), rows + 1],
            is_archived=parameters.get("archived") == "true",
        )
        asked = set(parameters.get("associations", "").split(","))
        names = parameters.get("properties", "").split(",")
        kept = parameters.get("propertiesWithHistory", "").split(",")
        body: dict[str, Any] = {
            "results": [
                _shown(one, names, asked) | with_history(one.body, kept)
                for one in found[:rows]
            ]
        }
        if len(found) > rows:
            after = found[rows - 1].id
            link = str(request.url.include_query_params(after=after))
            body["paging"] = {"next": {"after": after, "link": link}}
        return JSONResponse(body)

    async def search(self, request: Request) -> Response:
        """Answer one page of the records that meet the filters, in one order."""
        asked = await request.json()
        limit, after = int(asked.get("limit", 10)), int(asked.get("after", 0))
        if limit > MAX_FOUND or after + limit > MAX_RESULTS:
            return refuse(400, f"paging past {MAX_RESULTS} results is not supported")
        rows = self.stand.traffic.page_rows(limit)
        where, values = "true", list[Any]()
        [group] = asked["filterGroups"]
        for one in group["filters"]:
            field, scale = _column(one["propertyName"])
            where += f" and {field} {_OPERATORS[one['operator']]} ?"
            values.append(int(one["value"]) * scale)
        object_name = request.path_params["object"]
        total = self._count(object_name, where, values)
        [order] = asked["sorts"]
        direction = "desc" if order.get("direction") == "DESCENDING" else "asc"
        column = _column(order["propertyName"])[0]
        where += f" order by {column} {direction} limit ? offset ?"
        page = self._select(
            object_name, where, [*values, rows, after], is_archived=False
        )
        shown = [_shown(one, asked.get("properties", []), set()) for one in page]
        body: dict[str, Any] = {"total": total, "results": shown}
        if after + len(page) < total:
            body["paging"] = {"next": {"after": str(after + len(page))}}
        return JSONResponse(body)

    async def read_associations(self, request: Request) -> Response:
        """Answer what records belong to; those that belong to nothing are left out."""
        name, other = request.path_params["object"], request.path_params["other"]
        results = []
        for one in (await request.json())["inputs"]:
            body = self.stand.store.get("hubspot", name, str(one["id"])) or {}
            related = body.get("associations", {}).get(other, {}).get("results", [])
            if related:
                to = [{"toObjectId": int(each["id"])} for each in related]
                results.append({"from": {"id": one["id"]}, "to": to})
        done = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        return JSONResponse(
            {"status": "COMPLETE", "results": results, "completedAt": done}
        )

    def _count(self, object_name: str, where: str, values: list[Any]) -> int:
        with self.stand.store.transaction() as connection:
            statement = f"select count(*) from documents where {_LIVE} and {where}"  # noqa: S608 - composed of our own clauses
            found = connection.execute(statement, [object_name, False, *values])
            return int(found.fetchone()[0])

    def _select(
        self, object_name: str, where: str, values: list[Any], *, is_archived: bool
    ) -> list[Document]:
        found = self.stand.store.select(
            f"{_LIVE} and {where}", [object_name, is_archived, *values]
        )
        return [document for _, document in found]


def _column(name: str) -> tuple[str, int]:
    if name in _CLOCKS:
        return "updated_at", 1000
    if name == "hs_object_id":
        return "cast(id as integer)", 1
    message = f"{name} is not searched by here"
    raise ValueError(message)


def _shown(document: Document, names: list[str], asked: set[str]) -> dict[str, Any]:
    """Return a record with the properties and associations that are asked for."""
    body = dict(document.body)
    body["properties"] = {
        name: body["properties"].get(name) for name in {*names, "hs_object_id"} if name
    } | {"hs_object_id": document.id}
    related = body.pop("associations", {})
    body.pop("propertiesWithHistory", None)
    kept = {name: related[name] for name in related if name in asked}
    return {**body, "associations": kept} if kept else body

"""Shopify: lists and counts of the Admin REST API, paged by the Link header.

A list is sorted by ``updated_at``, newest first, or oldest first where the query says
``order=updated_at asc``. As at the vendor, orders that are closed or cancelled are
shown on request alone, and a page after the first takes no filter but its page_info.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.tools.stand import Stand
from sandbox.tools_store import Document, Position, microseconds

OBJECTS = ("orders", "customers", "products")
SCOPES = ("read_orders", "read_all_orders", "read_customers", "read_products")
USUAL_ROWS, MAX_ROWS = 50, 250
_CALL_LIMIT = {"X-Shopify-Shop-Api-Call-Limit": "1/40"}
_USUAL = {
    401: "[API] Invalid API key or access token (unrecognized login or wrong password)",
    404: "Not Found",
    429: "Exceeded 2 calls per second for api client. Reduce request rates to resume"
    " uninterrupted service.",
}


def refuse(status: int, errors: object = "") -> Response:
    """Return an error as the API words it."""
    worded = errors or _USUAL.get(status, "Internal Server Error")
    return JSONResponse({"errors": worded}, status)


@dataclass(frozen=True, slots=True)
class Shopify:
    """One shop, read with the token of a custom app."""

    stand: Stand

    def routes(self) -> list[Route]:
        """Return the paths that are answered."""
        api = "/admin/api/{version}"
        return [
            *(Route(f"{api}/{name}.json", self.show_list) for name in OBJECTS),
            *(Route(f"{api}/{name}/count.json", self.count) for name in OBJECTS),
            Route("/admin/oauth/access_scopes.json", self.show_scopes),
        ]

    def _is_known(self, request: Request) -> bool:
        token = self.stand.credentials["SHOPIFY_ACCESS_TOKEN"]
        return request.headers.get("x-shopify-access-token") == token

    async def show_scopes(self, request: Request) -> Response:
        """Answer what the app may read."""
        if not self._is_known(request):
            return refuse(401)
        return JSONResponse({"access_scopes": [{"handle": one} for one in SCOPES]})

    async def count(self, request: Request) -> Response:
        """Answer how many records a list would show."""
        if not self._is_known(request):
            return refuse(401)
        object_name = request.url.path.split("/")[-2]
        try:
            found = self._found(object_name, dict(request.query_params), None)
        except ValueError as error:
            return refuse(400, str(error))
        count = sum(1 for _ in found)
        return JSONResponse({"count": count}, headers=_CALL_LIMIT)

    async def show_list(self, request: Request) -> Response:
        """Answer one page of a list, with the link to the next one."""
        if not self._is_known(request):
            return refuse(401)
        object_name = request.url.path.rpartition("/")[2].removesuffix(".json")
        parameters = dict(request.query_params)
        fields, limit = parameters.pop("fields", ""), parameters.pop("limit", "")
        try:
            asked = min(int(limit or USUAL_ROWS), MAX_ROWS)
            filters, after = _start_of(parameters)
            rows = self.stand.traffic.page_rows(asked)
            found = self._found(object_name, filters, after)
            page = list(islice(found, rows + 1))
        except ValueError as error:
            return refuse(400, {"page_info": str(error)})
        shown = [_shown(one.body, fields) for one in page[:rows]]
        headers = dict(_CALL_LIMIT)
        if len(page) > rows:
            query = {"limit": str(asked), "fields": fields}
            query["page_info"] = _page_info(filters, page[rows - 1].position)
            query = {name: value for name, value in query.items() if value}
            url = request.url.replace(query="").include_query_params(**query)
            headers["Link"] = f'<{url}>; rel="next"'
        return JSONResponse({object_name: shown}, headers=headers)

    def _found(
        self, object_name: str, filters: Mapping[str, str], after: Position | None
    ) -> Iterator[Document]:
        is_descending = filters.get("order") != "updated_at asc"
        bounds = {
            name: microseconds(filters[f"updated_at_{edge}"])
            for name, edge in (("since", "min"), ("until", "max"))
            if f"updated_at_{edge}" in filters
        }
        while True:
            page = self.stand.store.page(
                "shopify",
                object_name,
                after=after,
                limit=MAX_ROWS + 1,
                descending=is_descending,
                **bounds,
            )
            for one in page:
                if _is_asked_for(object_name, one.body, filters):
                    yield one
            if len(page) <= MAX_ROWS:
                return
            after = page[-1].position


def _is_asked_for(
    object_name: str, body: Mapping[str, Any], filters: Mapping[str, str]
) -> bool:
    is_open = not (body.get("closed_at") or body.get("cancelled_at"))
    shows_open = object_name == "orders" and filters.get("status", "open") == "open"
    if shows_open and not is_open:
        return False
    created_at = microseconds(body["created_at"])
    first, last = (filters.get(f"created_at_{edge}") for edge in ("min", "max"))
    if first and created_at < microseconds(first):
        return False
    return not last or created_at <= microseconds(last)


def _shown(body: dict[str, Any], fields: str) -> dict[str, Any]:
    if not fields:
        return body
    names = fields.split(",")
    return {name: value for name, value in body.items() if name in names}


def _page_info(filters: Mapping[str, str], last: Position) -> str:
    text = json.dumps([dict(filters), last.clock, last.id])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _start_of(parameters: dict[str, str]) -> tuple[dict[str, str], Position | None]:
    """Return the filters of a list and the record that a page comes after."""
    page_info = parameters.pop("page_info", None)
    if page_info is None:
        return parameters, None
    if parameters:
        message = "cannot be combined with filters"
        raise ValueError(message)
    try:
        decoded: Any = json.loads(base64.urlsafe_b64decode(page_info))
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        message = "Invalid value."
        raise ValueError(message) from error
    filters, clock, key = decoded
    return dict(filters), Position(int(clock), str(key))

"""Shopify: lists of the Admin REST API, paged by the Link header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.tools.stand import Stand, words
from sandbox.tools_store import Document, Position, microseconds

OBJECTS = ("orders", "customers", "products")
CALL_LIMIT = 40
_LIMIT_HEADER = "X-Shopify-Shop-Api-Call-Limit"
USUAL_SIZE, MAX_SIZE = 50, 250
_FILTERS = words("limit updated_at_min order status")
_WITH_A_PAGE = words("limit page_info")
_USUAL = {
    401: "[API] Invalid API key or access token (unrecognized login or wrong password)",
    404: "Not Found",
    429: "Exceeded 2 calls per second for api client.",
}


def refuse(status: int, message: str = "") -> Response:
    """Return an error as the API words it; the limit stands in a header."""
    body = {"errors": message or _USUAL.get(status, "Internal Server Error")}
    headers = {}
    if status == 429:
        headers[_LIMIT_HEADER] = f"{CALL_LIMIT}/{CALL_LIMIT}"
    return JSONResponse(body, status, headers)


@dataclass(frozen=True, slots=True)
class Shopify:
    """One store, read with an access token."""

    stand: Stand

    def routes(self) -> list[Route]:
        """Return the paths that are answered."""
        prefix = "/admin/api/{version}"
        lists = [Route(f"{prefix}/{name}.json", self.show_list) for name in OBJECTS]
        counts = [Route(f"{prefix}/{name}/count.json", self.count) for name in OBJECTS]
        return [*lists, *counts]

    def _is_known(self, request: Request) -> bool:
        given = request.headers.get("x-shopify-access-token")
        return given == self.stand.credentials["SHOPIFY_ACCESS_TOKEN"]

    async def count(self, request: Request) -> Response:
        """Answer how many records there are; of orders the open ones, unless asked."""
        if not self._is_known(request):
            return refuse(401)
        name = request.url.path.split("/")[-2]
        where = "tool = 'shopify' and object_name = ?"
        found = [one for _, one in self.stand.store.select(where, [name])]
        shown = [one for one in found if _is_shown(name, request.query_params, one)]
        return JSONResponse({"count": len(shown)})

    async def show_list(self, request: Request) -> Response:
        """Answer one page of a list, oldest change first."""
        if not self._is_known(request):
            return refuse(401)
        parameters = request.query_params
        known = _WITH_A_PAGE if "page_info" in parameters else _FILTERS
        if unknown := sorted(set(parameters) - known):
            return refuse(400, f"{unknown[0]} cannot be passed here")
        name = request.url.path.rpartition("/")[2].removesuffix(".json")
        asked = min(int(parameters.get("limit", USUAL_SIZE)), MAX_SIZE)
        rows = self.stand.traffic.page_rows(asked)
        after, since, status = _start_of(parameters)
        found = self.stand.store.page(
            "shopify", name, after=after, limit=rows + 1, since=since
        )
        page = found[:rows]
        shown = [one.body for one in page if _is_shown(name, {"status": status}, one)]
        headers = {_LIMIT_HEADER: f"1/{CALL_LIMIT}"}
        if len(found) > rows:
            last = page[-1].position
            query = {"limit": asked, "page_info": f"{status}!{last.clock}!{last.id}"}
            url = request.url.replace(query="").include_query_params(**query)
            headers["Link"] = f'<{url}>; rel="next"'
        return JSONResponse({name: shown}, headers=headers)


def _start_of(
    parameters: Mapping[str, str],
) -> tuple[Position | None, int | None, str]:
    """Return after which record and from when to list, and which status."""
    if "page_info" in parameters:
        status, updated_at, key = parameters["page_info"].split("!", 2)
        return Position(int(updated_at), key), None, status
    since = parameters.get("updated_at_min")
    start = microseconds(since) if since else None
    return None, start, parameters.get("status", "open")


def _is_shown(name: str, parameters: Mapping[str, str], one: Document) -> bool:
    if name != "orders" or parameters.get("status", "open") == "any":
        return True
    return not one.body.get("closed_at") and not one.body.get("cancelled_at")

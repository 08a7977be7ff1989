"""Stripe: lists of objects, newest first, and the list of what changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.tools import stripe_events
from sandbox.tools.stand import Stand, basic_credentials, bearer_token, words
from sandbox.tools_store import MICROSECONDS, Document, Position

OBJECTS = (
    *("customers", "products", "prices", "charges", "subscriptions"),
    *("invoices", "refunds", "coupons"),
)
LINES_SHOWN = 10
"""An invoice shows so many of its lines; the rest is asked for by its id."""
USUAL_SIZE, MAX_SIZE = 10, 100
_EVENT_PARAMETERS = words("limit starting_after ending_before type")
_LIST_PARAMETERS = words(
    "limit starting_after created[gte] created[lte] expand[] status customer active"
)
_USUAL = {
    401: "You did not provide an API key.",
    404: "Unrecognized request URL.",
    429: "Too many requests hit the API too quickly.",
}


def refuse(status: int, message: str = "", param: str = "", code: str = "") -> Response:
    """Return an error as the API words it."""
    kind = "invalid_request_error" if 400 <= status < 500 else "api_error"
    error = {
        "type": kind,
        "message": message or _USUAL.get(status, "An error occurred."),
    }
    if status == 429:
        code = "rate_limit"
    optional = {"param": param, "code": code}
    error |= {name: value for name, value in optional.items() if value}
    return JSONResponse({"error": error}, status)


@dataclass(frozen=True, slots=True)
class Stripe:
    """One account, read with its secret key."""

    stand: Stand

    def routes(self) -> list[Route]:
        """Return the paths that are answered."""
        lists = [Route(f"/v1/{name}", self.show_list, name=name) for name in OBJECTS]
        return [
            *lists,
            Route("/v1/invoices/{id}", self.show_invoice),
            Route("/v1/invoices/{id}/lines", self.show_lines),
            Route("/v1/events", self.show_events),
        ]

    def _refuse_stranger(self, request: Request) -> Response | None:
        basic = basic_credentials(request)
        key = bearer_token(request) or (basic[0] if basic else "")
        if not key:
            return refuse(401)
        if key != self.stand.credentials["STRIPE_API_KEY"]:
            return refuse(401, f"Invalid API Key provided: {key[:3]}***")
        return None

    async def show_list(self, request: Request) -> Response:
        """Answer a list of one kind of objects."""
        refused = self._refuse_stranger(request) or _check(request, _LIST_PARAMETERS)
        if refused:
            return refused
        object_name = request.url.path.rpartition("/")[2]
        parameters = request.query_params
        size = int(parameters.get("limit", USUAL_SIZE))
        start = parameters.get("starting_after")
        after = None
        if start is not None:
            body = self.stand.store.get("stripe", object_name, start)
            if body is None:
                message = f"No such object: '{start}'"
                return refuse(400, message, "starting_after", "resource_missing")
            after = Position(body["created"] * MICROSECONDS, start)
        documents = self._documents(object_name, parameters, after, size + 1)
        expanded = parameters.getlist("expand[]")
        shown = [_shown(one.body, expanded) for one in documents[:size]]
        return _listed(f"/v1/{object_name}", shown, has_more=len(documents) > size)

    async def show_invoice(self, request: Request) -> Response:
        """Answer one invoice."""
        refused = self._refuse_stranger(request) or _check(request, words("expand[]"))
        if refused:
            return refused
        body = self.stand.store.get("stripe", "invoices", request.path_params["id"])
        if body is None:
            return refuse(404, "No such invoice", "id", "resource_missing")
        expanded = request.query_params.getlist("expand[]")
        return JSONResponse(_shown(body, [f"data.{name}" for name in expanded]))

    async def show_lines(self, request: Request) -> Response:
        """Answer the lines of one invoice."""
        refused = self._refuse_stranger(request) or _check(request, _EVENT_PARAMETERS)
        if refused:
            return refused
        parameters, key = request.query_params, request.path_params["id"]
        body = self.stand.store.get("stripe", "invoices", key)
        if body is None:
            return refuse(404, "No such invoice", "id", "resource_missing")
        lines = body["lines"]["data"]
        ids = [one["id"] for one in lines]
        start = parameters.get("starting_after")
        first = ids.index(start) + 1 if start in ids else 0
        end = first + int(parameters.get("limit", USUAL_SIZE))
        url = f"/v1/invoices/{key}/lines"
        return _listed(url, lines[first:end], has_more=end < len(lines))

    def _documents(
        self,
        object_name: str,
        parameters: Mapping[str, str],
        after: Position | None,
        limit: int,
    ) -> list[Document]:
        """Return what a list shows: ended subscriptions only on request."""
        shows_all = object_name != "subscriptions" or parameters.get("status") == "all"
        shown: list[Document] = []
        while len(shown) < limit:
            page = self.stand.store.page(
                "stripe",
                object_name,
                after=after,
                limit=limit,
                since=_moment(parameters, "created[gte]"),
                until=_moment(parameters, "created[lte]"),
                descending=True,
            )
            shown += [
                one for one in page if shows_all or one.body["status"] != "canceled"
            ]
            if len(page) < limit:
                break
            after = page[-1].position
        return shown[:limit]

    async def show_events(self, request: Request) -> Response:
        """Answer what changed, newest first: one event per object's last change."""
        refused = self._refuse_stranger(request) or _check(request, _EVENT_PARAMETERS)
        if refused:
            return refused
        parameters = request.query_params
        try:
            changes, has_more = stripe_events.changes(
                self.stand.store,
                parameters.get("type", "*"),
                after=parameters.get("starting_after"),
                before=parameters.get("ending_before"),
                limit=int(parameters.get("limit", USUAL_SIZE)),
            )
        except LookupError as error:
            return refuse(400, str(error), "ending_before", "resource_missing")
        shown = [_event(name, document) for name, document in changes]
        return _listed("/v1/events", shown, has_more=has_more)


def _check(request: Request, known: frozenset[str]) -> Response | None:
    parameters = request.query_params
    for name in parameters:
        if name not in known and re.sub(r"\[\d+\]$", "[]", name) not in known:
            message = f"Received unknown parameter: {name}"
            return refuse(400, message, name, "parameter_unknown")
    limit = parameters.get("limit", "10")
    if not limit.isdigit() or not 1 <= int(limit) <= MAX_SIZE:
        return refuse(400, f"Invalid integer: {limit}", "limit", "parameter_invalid")
    return None


def _moment(parameters: Mapping[str, str], name: str) -> int | None:
    seconds = parameters.get(name)
    return int(seconds) * MICROSECONDS if seconds is not None else None


def _shown(body: dict[str, Any], expanded: list[str]) -> dict[str, Any]:
    """Return an object with ids in place of what is not expanded, and few lines."""
    shown = dict(body)
    price = body.get("default_price")
    if isinstance(price, dict) and "data.default_price" not in expanded:
        shown["default_price"] = price["id"]
    if "discounts" in body and "data.discounts" not in expanded:
        shown["discounts"] = [discount["id"] for discount in body["discounts"]]
    lines = body.get("lines", {}).get("data", ())
    if len(lines) > LINES_SHOWN:
        few = {"has_more": True, "data": lines[:LINES_SHOWN]}
        shown["lines"] = {**body["lines"], **few}
    return shown


def _event(object_name: str, document: Document) -> dict[str, Any]:
    kind = document.body.get("object", object_name.rstrip("s"))
    prefix = "customer.subscription" if kind == "subscription" else kind
    what = "updated" if document.changed_at > document.updated_at else "created"
    if kind == "charge" and document.body.get("amount_refunded"):
        what = "refunded"
    return {
        "id": stripe_events.event_id(object_name, document),
        "object": "event",
        "api_version": "2026-01-28",
        "created": document.changed_at // MICROSECONDS,
        "type": f"{prefix}.{what}",
        "data": {"object": _shown(document.body, [])},
    }


def _listed(url: str, shown: list[dict[str, Any]], *, has_more: bool) -> Response:
    return JSONResponse(
        {"object": "list", "url": url, "has_more": has_more, "data": shown}
    )

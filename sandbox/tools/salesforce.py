"""Salesforce: OAuth 2.0 client credentials, SOQL queries, collections of records."""

from __future__ import annotations

import itertools
import json
import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.tools import (
    salesforce_fields,
    salesforce_upsert,
    soql,
    soql_keys,
    soql_totals,
)
from sandbox.tools.stand import Stand, basic_credentials, bearer_token

PAGE_ROWS = 2000
MAX_UPSERT_RECORDS = 200
_MESSAGES = {
    401: ("INVALID_SESSION_ID", "Session expired or invalid"),
    403: ("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    404: ("NOT_FOUND", "The requested resource does not exist"),
    429: ("REQUEST_LIMIT_EXCEEDED", "Too many concurrent requests."),
    503: ("SERVER_UNAVAILABLE", "The server is temporarily unavailable."),
}


def refuse(status: int, code: str = "", message: str = "") -> Response:
    """Return an error as the REST API words it."""
    usual = _MESSAGES.get(
        status, ("UNKNOWN_EXCEPTION", "An unexpected error occurred.")
    )
    body = [{"message": message or usual[1], "errorCode": code or usual[0]}]
    return JSONResponse(body, status)


def _refuse_token(error: str, description: str, status: int = 400) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status)


@dataclass(slots=True)
class Salesforce:
    """One org: its tokens, and the queries whose later pages are still to come."""

    stand: Stand
    _tokens: set[str] = field(default_factory=set)
    _cursors: dict[str, soql.Query] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def routes(self) -> list[Route]:
        """Return the paths that are answered."""
        data = "/services/data/{version}"
        records = f"{data}/composite/sobjects"
        upsert = f"{records}/{{object_name}}/{{key_field}}"
        return [
            Route("/services/oauth2/token", self.give_token, methods=["POST"]),
            Route(f"{data}/sobjects/{{object_name}}/describe", self.describe),
            Route(f"{data}/query", self.query),
            Route(f"{data}/queryAll", self.query),
            Route(f"{data}/query/{{cursor}}", self.next_page),
            Route(f"{data}/queryAll/{{cursor}}", self.next_page),
            Route(upsert, self.upsert, methods=["PATCH"]),
            Route(records, self.create, methods=["POST"]),
        ]

    def forget_tokens(self) -> None:
        """End every session."""
        self._tokens.clear()

    async def give_token(self, request: Request) -> Response:
        """Answer the client-credentials grant."""
        form = dict(parse_qsl((await request.body()).decode()))
        if form.get("grant_type") != "client_credentials":
            return _refuse_token("unsupported_grant_type", "grant type not supported")
        basic = basic_credentials(request)
        given = basic or (form.get("client_id"), form.get("client_secret"))
        known = self.stand.credentials
        if given[0] != known["SALESFORCE_CLIENT_ID"]:
            return _refuse_token("invalid_client_id", "client identifier invalid")
        if given[1] != known["SALESFORCE_CLIENT_SECRET"]:
            return _refuse_token("invalid_client", "invalid client credentials")
        token = f"00D000000000001!{secrets.token_hex(20)}"
        self._tokens.add(token)
        origin = str(request.url.replace(path="", query="")).rstrip("/")
        instance_url = origin + request.scope.get("root_path", "")
        body = {
            "access_token": token,
            "scope": "api",
            "instance_url": instance_url,
            "id": f"{instance_url}/id/00D000000000001EAA/005000000000001AAA",
            "token_type": "Bearer",
            "issued_at": str(time.time_ns() // 1_000_000),
        }
        return JSONResponse(body)

    def _may_enter(self, request: Request) -> bool:
        return bearer_token(request) in self._tokens

    async def describe(self, request: Request) -> Response:
        """Answer which fields an object has."""
        if not self._may_enter(request):
            return refuse(401)
        object_name = request.path_params["object_name"]
        if object_name not in salesforce_fields.FIELDS:
            return refuse(404)
        return JSONResponse(salesforce_fields.description(self.stand, object_name))

    async def query(self, request: Request) -> Response:
        """Answer the first page of a SOQL query."""
        if not self._may_enter(request):
            return refuse(401)
        statement = request.query_params.get("q")
        if not statement:
            return refuse(400, "MALFORMED_QUERY", "A query string has to be specified")
        is_all = request.url.path.endswith("/queryAll")
        try:
            total = soql_totals.answer(self.stand, statement, is_all=is_all)
            total = total or soql_keys.answer(self.stand, statement)
            if total is not None:
                return JSONResponse(total)
            query = soql.parse(self.stand, statement, is_all=is_all)
        except soql.RefusedQueryError as error:
            return refuse(400, error.code, str(error))
        return self._page(request, query)

    async def next_page(self, request: Request) -> Response:
        """Answer a later page, by the id in nextRecordsUrl."""
        if not self._may_enter(request):
            return refuse(401)
        query = self._cursors.get(request.path_params["cursor"])
        if query is None:
            return refuse(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(request, query)

    def _page(self, request: Request, query: soql.Query) -> Response:
        version = request.path_params["version"]
        rows, following = soql.run(
            self.stand.store, query, self.stand.traffic.page_rows(PAGE_ROWS)
        )
        attributes = {
            "type": query.object_name,
            "url": f"/services/data/{version}/sobjects/{query.object_name}",
        }
        records = [
            {
                "attributes": {**attributes, "url": f"{attributes['url']}/{row['Id']}"},
                **{name: row.get(name) for name in query.fields},
            }
            for row in rows
        ]
        body = {
            "totalSize": soql.count(self.stand.store, query),
            "done": following is None,
            "records": records,
        }
        if following is not None:
            cursor = f"01g{next(self._numbers):012d}AAA-{following.position_number}"
            self._cursors[cursor] = following
            body["nextRecordsUrl"] = f"/services/data/{version}/query/{cursor}"
        return JSONResponse(body)

    async def upsert(self, request: Request) -> Response:
        """Answer a composite upsert: one result per record, in order."""
        if not self._may_enter(request):
            return refuse(401)
        object_name = request.path_params["object_name"]
        if object_name not in salesforce_upsert.STANDARD_FIELDS:
            return refuse(404)
        return await self._write(request, object_name, request.path_params["key_field"])

    async def create(self, request: Request) -> Response:
        """Answer a creation of records of one type: one result per record, in order."""
        if not self._may_enter(request):
            return refuse(401)
        return await self._write(request, "", "")

    async def _write(
        self, request: Request, object_name: str, key_field: str
    ) -> Response:
        try:
            body = await request.json()
            records = body["records"]
            object_name = object_name or records[0]["attributes"]["type"]
        except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError):
            message = "The HTTP entity body is required: records"
            return refuse(400, "JSON_PARSER_ERROR", message)
        if not isinstance(records, list) or len(records) > MAX_UPSERT_RECORDS:
            message = f"record count exceeds the limit of {MAX_UPSERT_RECORDS}"
            return refuse(400, "INVALID_INPUT", message)
        write = salesforce_upsert.Write(
            object_name, key_field, all_or_none=bool(body.get("allOrNone"))
        )
        return JSONResponse(write.apply(self.stand, records))

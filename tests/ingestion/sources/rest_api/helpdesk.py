"""A tool on loopback that pages, filters and fails, and a workspace that reads it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import duckdb

from cdp.settings import Settings
from ingestion.load import LoadResult, load_source
from ingestion.pipeline import run_source
from ingestion.sources import rest_api

START = datetime(2026, 3, 1, tzinfo=UTC)
TOKEN = "value-of-the-token"
Record = dict[str, Any]


def stamp(minute: int) -> str:
    return f"{START + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ}"


def ticket(number: int, **fields: Any) -> Record:
    return {
        "id": number,
        "subject": "Delivery",
        "updated_at": stamp(number),
        "via": {"channel": "chat"},
        **fields,
    }


@dataclass
class Asked:
    """One request as it came in."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class Fault:
    """What happens to one request instead of an answer."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    is_half: bool = False


class Tool(ThreadingHTTPServer):
    """Lists of records by path; how they go on is ``style``."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.lists: dict[str, list[Record]] = {"tickets": []}
        self.style = "cursor"
        self.page_rows = 100
        self.faults: list[Fault | None] = []
        self.asked: list[Asked] = []
        self.lets_in: Callable[[Asked], bool] = lambda _: True
        self.before_answer: Callable[[Asked], None] = lambda _: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v2"

    def put(self, *records: Record, path: str = "tickets") -> None:
        kept = {one["id"]: one for one in self.lists.get(path, [])}
        self.lists[path] = list(
            {**kept, **{one["id"]: one for one in records}}.values()
        )

    def fail(self, *faults: Fault | None, after: int = 0) -> None:
        self.faults = [None] * after + list(faults)

    def paths(self) -> list[str]:
        return [one.path for one in self.asked]


class Answer(BaseHTTPRequestHandler):
    server: Tool
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        size = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(size)
        is_json = self.headers.get("Content-Type") == "application/json"
        asked = Asked(
            url.path.removeprefix("/v2/"),
            dict(parse_qsl(url.query)),
            {name.lower(): value for name, value in self.headers.items()},
            json.loads(body) if is_json else dict(parse_qsl(body.decode())),
        )
        self.server.asked.append(asked)
        self.server.before_answer(asked)
        fault = self.server.faults.pop(0) if self.server.faults else None
        if asked.path == "oauth/token":
            self._token(asked)
        elif fault is not None and not fault.is_half:
            self._send({"message": "no"}, fault.status, fault.headers)
        elif not self.server.lets_in(asked):
            self._send({"message": f"{TOKEN} is bad"}, 401)
        else:
            self._list(asked, is_half=fault is not None)

    do_POST = do_GET  # noqa: N815 - http.server names it so

    def _token(self, asked: Asked) -> None:
        if asked.body.get("client_secret") == TOKEN:
            self._send({"access_token": f"session {len(self.server.asked)}"})
        else:
            self._send({"error": "invalid_client"}, 400)

    def _list(self, asked: Asked, *, is_half: bool) -> None:
        path = asked.path.removesuffix("/count")
        if path not in self.server.lists:
            self._send({"message": "not found"}, 404)
            return
        since = asked.query.get("updated_since", "")
        found = [
            one for one in self.server.lists[path] if one.get("updated_at", "") >= since
        ]
        if path != asked.path:
            self._send({"count": {"value": len(found)}})
            return
        at, rows = int(self._position(asked)), self.server.page_rows
        page, after = (
            found[at : at + rows],
            at + rows if len(found) > at + rows else None,
        )
        body, headers = self._page(asked, page, after, len(found))
        self._send(body, headers=headers, is_half=is_half)

    def _position(self, asked: Asked) -> Any:
        query, rows = asked.query, self.server.page_rows
        if self.server.style.startswith("page_number"):
            return max(0, int(query.get("page", 1)) - 1) * rows
        if self.server.style == "body":
            return asked.body.get("after", 0)
        if self.server.style == "offset":
            assert int(query["limit"]) == rows
            return query["offset"]
        return query.get("after", 0)

    def _page(
        self, asked: Asked, page: list[Record], after: int | None, total: int
    ) -> tuple[Any, dict[str, str]]:
        style = self.server.style
        query = "&".join(f"{name}={value}" for name, value in asked.query.items())
        link = (
            f"{self.server.url}/{asked.path}?{query}&after={after}" if after else None
        )
        if style == "header_link":
            return page, {"Link": f'<{link}>; rel="next"'} if link else {}
        if style == "header_cursor":
            return page, {"X-Next": str(after)} if after else {}
        more = {
            "json_link": {"links": {"next": link}},
            "offset": {"total": total},
            "page_number": {},
            "page_number_more": {"more": after is not None},
        }
        return {"data": page, **more.get(style, {"meta": {"next": after}})}, {}

    def _send(
        self,
        body: Any,
        status: int = 200,
        headers: dict[str, str] | None = None,
        *,
        is_half: bool = False,
    ) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if is_half else content)
        self.close_connection = is_half

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@dataclass
class Helpdesk:
    """The tool, a workspace that declares it, and the warehouse."""

    tool: Tool
    settings: Settings

    @property
    def section(self) -> dict[str, Any]:
        found: dict[str, Any] = self.settings.document["sources"]["helpdesk"]
        return found

    def declare(self, table: str = "tickets", **options: Any) -> None:
        self.section["tables"].setdefault(table, {"key": "id"}).update(options)

    def load(self, rows_per_load: int = 50_000) -> dict[str, int]:
        """Load once; rows by table."""
        found = rest_api.source(
            self.settings, name="helpdesk", rows_per_load=rows_per_load
        )
        loads = run_source(self.settings, "helpdesk", found)
        return {one.table.removeprefix("raw_helpdesk."): one.rows for one in loads}

    def load_all(self, **options: Any) -> LoadResult:
        """Load as ``cdp load`` does."""
        return load_source(self.settings, "helpdesk", **options)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.warehouse_path)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(statement).fetchall()

    def ids(self, table: str = "tickets", condition: str = "true") -> list[int]:
        found = f"select cast(id as bigint) from raw_helpdesk.{table}"  # noqa: S608
        return sorted(row[0] for row in self.query(f"{found} where {condition}"))


CURSOR = {"type": "cursor", "cursor_path": "meta.next", "cursor_param": "after"}

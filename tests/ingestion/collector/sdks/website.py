"""A small website on a port of its own, so that its pages are another origin's."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page

TYPES = {".js": "text/javascript", "": "text/html"}


@dataclass(frozen=True)
class Website:
    """Serves what tests put into its files, by path."""

    url: str
    files: dict[str, bytes]

    def add_page(self, path: str, body: str) -> None:
        self.files[path] = (
            f"<!doctype html><meta charset=utf-8><title>Shop</title><body>{body}"
        ).encode()


@contextmanager
def website() -> Iterator[Website]:
    files: dict[str, bytes] = {"/favicon.ico": b""}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            body = files.get(path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", TYPES.get(Path(path).suffix, "text/html"))
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield Website(f"http://127.0.0.1:{server.server_port}", files)
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True)
class Shop:
    """The website as one visitor's browser sees it.

    Attributes:
        site: Its files.
        visitor: Keeps cookies and storage from page to page.
        folder: Where scripts are bundled; has the SDKs from npm.
        asked: Every address that a page asked for.
        got: The same with the status that came back; 0 where none did.
        said: What the pages' scripts wrote to the console.
    """

    site: Website
    visitor: BrowserContext
    folder: Path
    asked: list[str] = field(default_factory=list)
    got: list[tuple[str, int]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.site.url

    def add_script(self, code: str) -> None:
        """Make the shop's page, with code and the SDK that it imports in one script."""
        entry = self.folder / "page.js"
        entry.write_text(code + "\nglobalThis.analytics = analytics;", encoding="utf-8")
        command = [
            *(self.folder / "node_modules/.bin/esbuild", entry, "--bundle"),
            *("--format=iife", "--log-level=error"),
            '--define:process.env.NODE_ENV="production"',
        ]
        bundled = subprocess.run(command, check=True, capture_output=True, timeout=60)
        self.site.files["/shop.js"] = bundled.stdout
        self.site.add_page("/", "<script src=/shop.js></script>")
        self.site.add_page("/elsewhere", "Nothing is sent from here.")

    def visit(self, path: str = "/") -> Page:
        page = self.visitor.new_page()
        page.on("request", lambda sent: self.asked.append(sent.url))
        page.on("console", lambda line: self.said.append(f"{line.type}: {line.text}"))
        page.on("response", lambda came: self.got.append((came.url, came.status)))
        page.on("requestfailed", lambda failed: self.got.append((failed.url, 0)))
        page.goto(self.site.url + path)
        return page

    def statuses(self, url: str) -> set[int]:
        return {status for asked, status in self.got if asked.startswith(url)}

    def hosts(self) -> set[str]:
        return {urlsplit(url).netloc for url in self.asked}

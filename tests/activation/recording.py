"""A tool on loopback that keeps what it is sent and answers as it is told to."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Seen:
    """A request as the tool received it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


@dataclass
class Tool:
    """A tool on loopback: keeps what it was sent, answers as it was told to."""

    url: str
    seen: list[Seen] = field(default_factory=list)
    answers: list[tuple[int, bytes, dict[str, str]]] = field(default_factory=list)
    judge: Callable[[Seen], int] | None = None
    usual: tuple[int, bytes, dict[str, str]] = (200, b"{}", {})

    def answers_with(self, status: int, body: Any = None, **headers: str) -> None:
        """Queue one answer; headers are written with underscores."""
        content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, content, named))

    def judges(self, judge: Callable[[Seen], int]) -> None:
        """Answer each request with the status that it deserves."""
        self.judge = judge

    def answer_to(self, seen: Seen) -> tuple[int, bytes, dict[str, str]]:
        return (self.judge(seen), b"{}", {}) if self.judge else self.usual

    def usually_answers(self, status: int, body: Any = None) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        self.usual = (status, content, {})


@contextmanager
def recording() -> Iterator[Tool]:
    lock = threading.Lock()

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            content = self.rfile.read(length)
            if len(content) < length:  # its sender was killed: no request came
                self.close_connection = True
                return
            if self.headers.get("content-encoding") == "gzip":
                content = gzip.decompress(content)
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            seen = Seen(self.command, parts.path, query, headers, content)
            with lock:
                found.seen.append(seen)
                prepared = found.answers.pop(0) if found.answers else None
            # outside the lock: a test's judge may let one request wait for others
            status, body, more = prepared or found.answer_to(seen)
            self.send_response(status)
            for name, value in {"content-type": "application/json", **more}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except ConnectionError:  # its sender was killed meanwhile
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Answer, f"do_{method}", Answer.answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.daemon_threads = True
    found = Tool(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()

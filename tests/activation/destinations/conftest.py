from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml
from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest

from activation.destinations.exchange import Request

SHARED = Path(__file__).parents[4] / "shared"


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
    usual: tuple[int, bytes, dict[str, str]] = (200, b"{}", {})

    def answers_with(self, status: int, body: Any = None, **headers: str) -> None:
        """Queue one answer; headers are written with underscores."""
        content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, content, named))

    def usually_answers(self, status: int, body: Any = None) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        self.usual = (status, content, {})


@pytest.fixture
def tool() -> Iterator[Tool]:
    lock = threading.Lock()

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length") or 0))
            if self.headers.get("content-encoding") == "gzip":
                content = gzip.decompress(content)
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            with lock:
                found.seen.append(
                    Seen(self.command, parts.path, query, headers, content)
                )
                status, body, more = (
                    found.answers.pop(0) if found.answers else (found.usual)
                )
            self.send_response(status)
            for name, value in {"content-type": "application/json", **more}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

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


@pytest.fixture
def validates() -> Callable[..., None]:
    """Holds a request against a vendor's OpenAPI document in ../shared/specs."""

    def validate(
        request: Request, file_name: str, *, server: str, path: str, strip: str = ""
    ) -> None:
        """Raise where the request breaks the document.

        ``path`` is a template of the document; ``strip`` is taken off the request's
        own path first.
        """
        file = SHARED / "specs" / file_name
        if not file.exists():
            pytest.skip(f"the vendor's OpenAPI document is not at {file}")
        document = yaml.load(file.read_text(), yaml.CSafeLoader)
        document["paths"] = {path.split("#", maxsplit=1)[0]: document["paths"][path]}
        api = OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))
        headers = dict(request.headers)
        content = request.content
        if headers.pop("Content-Encoding", "") == "gzip":
            content = gzip.decompress(content)
        api.validate_request(
            MockRequest(
                server,
                request.method.lower(),
                urlsplit(request.url).path.removeprefix(strip),
                args=dict(request.params),
                headers=headers,
                data=content,
                content_type=headers.get("Content-Type", "application/json"),
            )
        )

    return validate


@pytest.fixture
def peer_cases() -> Callable[[str], list[dict[str, Any]]]:
    """Reads a peer's cases: event, destination_config, expected_requests."""

    def read(vendor: str) -> list[dict[str, Any]]:
        file = SHARED / "cases" / "destinations" / f"{vendor}.json"
        if not file.exists():
            pytest.skip(f"the peer's cases are not at {file}")
        cases: list[dict[str, Any]] = json.loads(file.read_text())
        return cases

    return read


def _leaves(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, Mapping):
        inner = [(f"{path}.{key}".strip("."), each) for key, each in value.items()]
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        inner = [(f"{path}[{index}]", each) for index, each in enumerate(value)]
    else:
        return {path: value}
    return {
        key: leaf for name, each in inner for key, leaf in _leaves(each, name).items()
    }


@pytest.fixture
def compare() -> Callable[[Any, Any], tuple[int, list[tuple[str, Any, Any]]]]:
    """Compares two bodies leaf by leaf.

    Gives how many fields either has, and (path, theirs, ours) where they differ; what
    one of them lacks is None.
    """

    def compared(theirs: Any, ours: Any) -> tuple[int, list[tuple[str, Any, Any]]]:
        left, right = _leaves(theirs), _leaves(ours)
        paths = sorted(left.keys() | right.keys())
        unlike = [
            (path, left.get(path), right.get(path))
            for path in paths
            if left.get(path) != right.get(path)
        ]
        return len(paths), unlike

    return compared

"""What the collector answers: status, body and the headers that differ."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Header = tuple[bytes, bytes]
TEXT = b"text/plain; charset=utf-8"
JSON = b"application/json"
_ALLOWED_AGE_SECONDS = b"900"


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer.

    Attributes:
        status: The HTTP status.
        body: All of it.
        content_type: Errors are plain text: one SDK retries a 400 whose body is JSON
            without a code.
        headers: Besides type, length and those for other origins.
    """

    status: int
    body: bytes
    content_type: bytes = TEXT
    headers: tuple[Header, ...] = ()


OK = Answer(200, b"OK")


def in_words(status: int, sentence: str, *headers: Header) -> Answer:
    """Return an answer of one sentence."""
    return Answer(status, sentence.encode(), TEXT, headers)


def as_json(content: Any) -> Answer:
    """Return an answer of one JSON value."""
    return Answer(200, json.dumps(content).encode(), JSON)


def cross_origin(headers: Mapping[bytes, bytes]) -> list[Header]:
    """Return the headers that let a page of any site send events and read the wait.

    Args:
        headers: Of the request, names in lower case.
    """
    origin = headers.get(b"origin")
    if origin is None:
        return []
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
        (
            b"access-control-allow-headers",
            headers.get(b"access-control-request-headers", b"authorization"),
        ),
        (b"access-control-expose-headers", b"Retry-After"),
        (b"access-control-max-age", _ALLOWED_AGE_SECONDS),
        (b"vary", b"Origin"),
    ]

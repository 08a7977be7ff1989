"""Showing people what a tool gets, without showing anybody a secret."""

from __future__ import annotations

import difflib
import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from activation.destinations.exchange import Request
from activation.destinations.registry import declared_secrets
from cdp.settings import Settings

MASK = "***"
_HIDDEN_HEADERS = frozenset({"authorization", "cookie", "x-signature"})
_FEWEST_CHARACTERS = 4


def secrets_of(settings: Settings, destination_name: str) -> tuple[str, ...]:
    """Return the values of a destination's settings that nobody may see."""
    section = settings.section(f"destinations.{destination_name}")
    written = settings.document["destinations"][destination_name]
    declared = declared_secrets(settings, destination_name)
    found = [
        text
        for name, value in section.items()
        for text, source in _texts(value, written.get(name))
        if len(text) >= _FEWEST_CHARACTERS
        and (name in declared or ("${" in source and "url" not in name))
    ]
    return tuple(sorted(found, key=len, reverse=True))


def _texts(value: Any, written: Any) -> Iterator[tuple[str, str]]:
    """Yield every text of a setting, however deep, with how it is written."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(inner, written[name])
    elif isinstance(value, list):
        for inner, source in zip(value, written, strict=True):
            yield from _texts(inner, source)
    else:
        yield str(value), str(written)


def request_lines(request: Request, secrets: Iterable[str]) -> list[str]:
    """Return a request as it will be sent, line by line, its secrets masked."""
    query = "&".join(f"{name}={value}" for name, value in request.params.items())
    lines = [f"{request.method} {request.url}{'?' if query else ''}{query}"]
    lines += [
        f"{name}: {MASK if name.lower() in _HIDDEN_HEADERS else value}"
        for name, value in request.headers.items()
        if name.lower() != "content-encoding"
    ]
    body = _body_of(request)
    text = "\n".join([*lines, *(["", body] if body else [])])
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text.splitlines()


def _body_of(request: Request) -> str:
    content = request.content
    if request.headers.get("Content-Encoding") == "gzip":
        content = gzip.decompress(content)
    return content.decode("utf-8", "replace")


def pretty(value: Any) -> str:
    """Return JSON over several lines, keys in the order they have."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the lines that differ, marked with - and +, with a little around them."""
    left, right = (pretty(value).splitlines() for value in (before, after))
    found = difflib.unified_diff(left, right, lineterm="", n=1)
    return [line for line in found if not line.startswith(("---", "+++", "@@"))]


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows with their columns aligned; the last column is left as it is."""
    if not rows:
        return []
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]) - 1)]
    return [
        "  ".join([*map(str.ljust, row[:-1], widths), row[-1]]).rstrip() for row in rows
    ]

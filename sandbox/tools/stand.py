"""What every stand-in gets: the documents, the traffic, who may come in."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.requests import Request

from sandbox.environment import demo_environment
from sandbox.tools.traffic import Traffic
from sandbox.tools_store import ToolsStore

_RECEIVE = """
insert into received values (?, ?, ?, 1, 0)
on conflict (tool, key) do update set
    write_count = write_count + 1,
    duplicate_count = duplicate_count + (content_hash = excluded.content_hash),
    content_hash = excluded.content_hash
"""
_encode = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True, slots=True)
class Stand:
    """The shared ground of all stand-ins.

    Attributes:
        store: The documents of all tools.
        traffic: Faults, limits and counts.
        credentials: By the names of the environment variables of ``headwater.yml``.
    """

    store: ToolsStore
    traffic: Traffic = field(default_factory=Traffic)
    credentials: Mapping[str, str] = field(default_factory=lambda: demo_environment(0))

    def note_writes(
        self, tool: str, written: Iterable[tuple[str, Mapping[str, Any]]]
    ) -> None:
        """Remember what a sync sent: pairs of the record's key and its content.

        The same content for the same key a second time is a duplicate.
        """
        rows = [
            (
                tool,
                key,
                hashlib.md5(_encode(content), usedforsecurity=False).hexdigest(),
            )
            for key, content in written
        ]
        with self.store.transaction() as connection:
            connection.executemany(_RECEIVE, rows)
        self.traffic.writes[tool] += len(rows)

    def counts(self, tool: str) -> dict[str, int]:
        """Return requests since the start, and writes as remembered in the file."""
        with self.store.transaction() as connection:
            distinct, duplicates = connection.execute(
                "select count(*), coalesce(sum(duplicate_count), 0)"
                " from received where tool = ?",
                (tool,),
            ).fetchone()
        return {
            "requests": self.traffic.requests[tool],
            "refused": self.traffic.refused[tool],
            "writes": self.traffic.writes[tool],
            "distinct_keys": int(distinct),
            "duplicates": int(duplicates),
        }


def basic_credentials(request: Request) -> tuple[str, str] | None:
    """Return user and password of HTTP Basic, or None where there are none."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if colon else None


def bearer_token(request: Request, scheme: str = "bearer") -> str:
    """Return the token after ``scheme`` in the Authorization header, or ""."""
    given, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if given.lower() == scheme.lower() else ""


def words(text: str) -> frozenset[str]:
    """Return the words of a text as a set of names."""
    return frozenset(text.split())

"""Redis: a hash of traits for every person, a stream of events, rows by key.

What products read while a page is made: ``HGETALL user:42`` is the person's traits, and
``XREAD`` the events as they come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import msgspec

from activation.destinations.delivery import Item, Payload
from activation.destinations.exchange import Request
from activation.destinations.mapping import milliseconds
from activation.destinations.outcome import Outcome
from activation.destinations.redis_connection import (
    LIMITS,
    Command,
    Server,
    fields_of,
    request_of,
)
from activation.destinations.redis_records import RedisRecords
from activation.destinations.redis_scripts import APPEND, MERGE
from activation.values import encode
from cdp.errors import Rejected
from cdp.workspace_forms import REDIS_ADDRESS
from cdp.workspace_schema import Kind, Setting

__all__ = ["KIND", "RedisRecords", "RedisStore"]

_PROFILES, _STREAM = "profiles", "stream"

KIND = Kind(
    "redis",
    "Traits, events and rows in a Redis server.",
    settings=(
        Setting(
            "url",
            "redis://USER:PASSWORD@HOST:PORT/DATABASE.",
            is_secret=True,
            form=REDIS_ADDRESS,
        ),
        Setting("key_prefix", "What every key begins with.", default=""),
        Setting(
            "stream",
            "The stream that events are appended to; none without it.",
            is_required=False,
        ),
        Setting(
            "stream_length",
            "About how many entries the stream keeps.",
            default=100_000,
            kind="number",
        ),
        Setting(
            "dedup_seconds",
            "How long a message is remembered, so that it is appended once.",
            default=86_400,
            kind="number",
        ),
        Setting(
            "expire_seconds",
            "How long a hash or row lives after its last change; for ever without it.",
            is_required=False,
            kind="number",
        ),
        Setting(
            "row_format",
            "Rows of a sync as a hash, or as one JSON text.",
            default="hash",
            choices=("hash", "json"),
        ),
    ),
    purpose="storage",
)


class RedisStore:
    """Traits and events.

    Args:
        settings: As ``KIND`` says.
        client: Not used; every event destination takes it.

    Raises:
        Misconfigured: The address is none of Redis.
    """

    limits = LIMITS

    def __init__(
        self,
        settings: Mapping[str, Any],
        client: httpx.Client | None = None,  # noqa: ARG002
    ) -> None:
        self._server = Server(settings)
        self._prefix = str(settings.get("key_prefix") or "")
        self._stream = str(settings.get("stream") or "")
        self._length = int(settings.get("stream_length") or 100_000)
        self._dedup = int(settings.get("dedup_seconds") or 86_400)
        self._life = int(settings.get("expire_seconds") or 0)

    def translate(self, event: Mapping[str, Any]) -> Sequence[Payload]:
        """Return the traits of a person or group, and the event for the stream.

        Raises:
            Rejected: It has no time, or no messageId.
        """
        payloads = []
        key = self._key_of(event)
        fields = fields_of(event.get("traits") or {}) if key else {}
        if fields:
            body = {"key": key, "at": milliseconds(event), "fields": fields}
            payloads.append(Payload(body, _PROFILES))
        if self._stream:
            if not event.get("messageId"):
                raise Rejected("the event has no messageId", place="messageId")
            payloads.append(Payload(dict(event), _STREAM))
        return tuple(payloads)

    def _key_of(self, event: Mapping[str, Any]) -> str:
        kinds = {"identify": ("user", "userId"), "group": ("group", "groupId")}
        name, field = kinds.get(str(event.get("type")), ("", ""))
        owner = event.get(field)
        return f"{self._prefix}{name}:{owner}" if owner else ""

    def request(self, items: Sequence[Item]) -> Request:
        """Return what is going to be done, for people to read."""
        if items[0].lane == _STREAM:
            name = self._prefix + self._stream
            return request_of(self._server, "XADD", name, items)
        return request_of(self._server, "HSET", f"{self._prefix}user:*", items)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Send a batch together; every record has its own answer.

        Raises:
            NotTaken: The server could not be reached, or refused us.
        """
        command = self._append if items[0].lane == _STREAM else self._merge
        return self._server.run([command(item) for item in items])

    def _merge(self, item: Item) -> Command:
        body = msgspec.json.decode(item.content)
        fields = encode(body["fields"])
        return ("EVAL", MERGE, 1, body["key"], body["at"], self._life, fields)

    def _append(self, item: Item) -> Command:
        event = msgspec.json.decode(item.content)
        message_id = str(event["messageId"])
        return (
            *("EVAL", APPEND, 2),
            *(self._prefix + self._stream, f"{self._prefix}seen:{message_id}"),
            *(self._dedup, self._length, message_id),
            *(str(event.get("event") or event.get("type") or ""), item.content),
        )

    def close(self) -> None:
        """Close connections."""
        self._server.close()

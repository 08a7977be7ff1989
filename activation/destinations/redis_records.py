"""Rows of a model in Redis, each under a key of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import msgspec

from activation.destinations.delivery import Item
from activation.destinations.exchange import Request
from activation.destinations.mapping import text
from activation.destinations.outcome import Outcome
from activation.destinations.presence import ABSENT, CREATE, UPDATE, present
from activation.destinations.redis_connection import (
    LIMITS,
    Command,
    Server,
    fields_of,
    request_of,
)
from activation.destinations.redis_scripts import REPLACE
from activation.values import encode, plain
from cdp.errors import Misconfigured, Rejected

_UPSERT, _DELETE = "upsert", "delete"
# whether the key must be there: in our script's words, and in those of SET
_CONDITIONS = {_UPSERT: "", UPDATE: "1", CREATE: "0"}
_FLAGS: dict[str, Command] = {_UPSERT: (), UPDATE: ("XX",), CREATE: ("NX",)}


class RedisRecords:
    """Rows of a model, each under a key of its own.

    Args:
        settings: As ``KIND`` says.
        object_name: The first part of every key, before a colon.
        external_id_field: The field that the key ends with.
        client: Not used; every record destination takes it.

    Raises:
        Misconfigured: No key is named.
    """

    limits = LIMITS

    def __init__(
        self,
        settings: Mapping[str, Any],
        object_name: str,
        external_id_field: str,
        *,
        client: httpx.Client | None = None,  # noqa: ARG002
    ) -> None:
        if not object_name or not external_id_field:
            raise Misconfigured(
                "Redis needs object and external_id_field",
                place="the exposure's config.meta.sync",
                fix="Name what keys begin with, and the field that they end with",
            )
        self._server = Server(settings)
        self._name = f"{settings.get('key_prefix') or ''}{object_name}"
        self._key_field = external_id_field
        self._life = int(settings.get("expire_seconds") or 0)
        self._is_json = settings.get("row_format") == "json"

    def prepare(self, record: Mapping[str, Any]) -> Item:
        """Return a row that is new or changed.

        Raises:
            Rejected: It has no key.
        """
        fields = {name: plain(value) for name, value in record.items()}
        if not self._is_json:
            fields = {
                name: value
                for name, value in fields_of(fields).items()
                if value is not None
            }
        return Item(encode({"key": self._key_of(record), "row": fields}), _UPSERT)

    def prepare_update(self, record: Mapping[str, Any]) -> Item:
        """Return a row that replaces the one that is there.

        Raises:
            Rejected: It has no key.
        """
        return Item(self.prepare(record).content, UPDATE)

    def prepare_creation(self, record: Mapping[str, Any]) -> Item:
        """Return a row that is stored unless one is there.

        Raises:
            Rejected: It has no key.
        """
        return Item(self.prepare(record).content, CREATE)

    def prepare_removal(self, record: Mapping[str, Any]) -> Item:
        """Return a row that has left the model.

        Raises:
            Rejected: It has no key.
        """
        return Item(encode({"key": self._key_of(record)}), _DELETE)

    def _key_of(self, record: Mapping[str, Any]) -> str:
        key = text(plain(record.get(self._key_field)))
        if not key:
            raise Rejected(f"a row needs {self._key_field}")
        return f"{self._name}:{key}"

    def request(self, items: Sequence[Item]) -> Request:
        """Return what is going to be done, for people to read."""
        method = "SET" if self._is_json else "HSET"
        method = "DEL" if items[0].lane == _DELETE else method
        return request_of(self._server, method, f"{self._name}:*", items)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Send a batch together; every row has its own answer.

        Raises:
            NotTaken: The server could not be reached, or refused us.
        """
        commands = [self._command(item) for item in items]
        if items[0].lane == UPDATE:
            return self._server.run(commands, ABSENT)
        if items[0].lane == CREATE:
            return self._server.run(commands, present())
        return self._server.run(commands)

    def _command(self, item: Item) -> Command:
        body = msgspec.json.decode(item.content, type=dict[str, msgspec.Raw])
        key = msgspec.json.decode(body["key"], type=str)
        if item.lane == _DELETE:
            return ("DEL", key)
        row = bytes(body["row"])
        if not self._is_json:
            condition = _CONDITIONS[item.lane]
            return ("EVAL", REPLACE, 1, key, self._life, row, condition)
        life: Command = ("EX", self._life) if self._life else ()
        return ("SET", key, row, *_FLAGS[item.lane], *life)

    def close(self) -> None:
        """Close connections."""
        self._server.close()

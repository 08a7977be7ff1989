"""Salesforce: records matched by an external id, two hundred at a time.

Which of them are there a query tells: of an upsert of many records only the one of a
single record can be told not to create.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote_plus

import httpx
import msgspec

from activation.destinations.delivery import Item
from activation.destinations.exchange import Request
from activation.destinations.outcome import Outcome
from activation.destinations.presence import (
    CREATE,
    UPDATE,
    asked_by,
    create_absent,
    present,
    update_present,
)
from activation.destinations.salesforce_org import LIMITS, Org
from activation.destinations.salesforce_settings import KIND
from activation.values import encode, plain
from cdp.errors import Misconfigured, Rejected

__all__ = ["KIND", "Salesforce", "translate"]

# address and headers together are 16 KB at most, says the vendor
_LONGEST_QUERY = 8_000
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def translate(record: Mapping[str, Any], object_name: str) -> dict[str, Any]:
    """Return a record as Salesforce takes it; an absent value clears its field."""
    return {"attributes": {"type": object_name}, **record}


class Salesforce:
    """One object of one org.

    Args:
        settings: ``url``, ``client_id``, ``client_secret``.
        object_name: Such as ``Contact``.
        external_id_field: The field that records are matched by.
        client: Where connections are kept.
    """

    limits = LIMITS
    asked_at_once = asked_by(LIMITS.records)

    def __init__(
        self,
        settings: Mapping[str, Any],
        object_name: str,
        external_id_field: str,
        *,
        client: httpx.Client | None = None,
    ) -> None:
        if not external_id_field:
            raise Misconfigured(
                "Salesforce needs external_id_field",
                place="the exposure's config.meta.sync",
                fix="Name the field that records are matched by",
            )
        self._org = Org(settings, client)
        self._object_name = object_name
        self._external_id_field = external_id_field

    def prepare(self, record: Mapping[str, Any]) -> Item:
        """Return the record encoded."""
        return Item(encode(translate(record, self._object_name)))

    def prepare_update(self, record: Mapping[str, Any]) -> Item:
        """Return a record that is changed if the org has it.

        Raises:
            Rejected: It has nothing to be matched by.
        """
        return self._asked(record, UPDATE)

    def prepare_creation(self, record: Mapping[str, Any]) -> Item:
        """Return a record that is made if the org lacks it.

        Raises:
            Rejected: It has nothing to be matched by.
        """
        return self._asked(record, CREATE)

    def _asked(self, record: Mapping[str, Any], lane: str) -> Item:
        if record.get(self._external_id_field) in (None, ""):
            raise Rejected(f"a {self._object_name} needs {self._external_id_field}")
        return Item(self.prepare(record).content, lane)

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request that carries these records, without a token."""
        records = [item.content for item in items]
        if items[0].lane == CREATE:
            return self._org.creation_request(records)
        return self._org.upsert_request(
            self._object_name, self._external_id_field, records
        )

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt, with a new token where the old one has ended.

        Raises:
            NotTaken: The answer is about the whole batch.
        """
        lane = items[0].lane
        if lane not in {UPDATE, CREATE}:
            return self._org.send(self.request(items), len(items))
        bodies = [_decode(item.content) for item in items]
        values = [body[self._external_id_field] for body in bodies]
        found, keys = self._find(values), [_folded(value) for value in values]
        if lane == UPDATE:
            return update_present(items, keys, found, self._send)
        return create_absent(items, keys, found, self._send)

    def _send(self, items: Sequence[Item]) -> list[Outcome]:
        """Update or create; what somebody has made since the query is left, too."""
        outcomes = self._org.send(self.request(items), len(items))
        if items[0].lane == UPDATE:
            return outcomes
        made = f"DUPLICATE_VALUE: duplicate value found: {self._external_id_field} "
        return [present() if one.reason.startswith(made) else one for one in outcomes]

    def _find(self, values: Sequence[Any]) -> dict[str, str]:
        """Return the org's ids of the records that it has, by their external id."""
        return {
            key: str(record["Id"]) for key, record in self._query(values, ()).items()
        }

    def read_fields(
        self, records: Sequence[Mapping[str, Any]], fields: Sequence[str]
    ) -> list[Mapping[str, Any]]:
        """Return what the org has in some fields of records, in order.

        Raises:
            NotTaken: It did not say.
        """
        keys = [plain(record.get(self._external_id_field)) for record in records]
        found = self._query([key for key in keys if key is not None], fields)
        return [found.get(_folded(key), {}) for key in keys]

    def _query(
        self, values: Sequence[Any], fields: Sequence[str]
    ) -> dict[str, dict[str, Any]]:
        field = self._external_id_field
        names = ", ".join(dict.fromkeys(("Id", field, *fields)))
        start = f"SELECT {names} FROM {self._object_name} WHERE {field} IN "  # noqa: S608
        found: list[dict[str, Any]] = []
        for literals in _in_parts([_literal(value) for value in values]):
            found += self._org.query(f"{start}({','.join(literals)})")
        return {_folded(record[field]): record for record in found}

    def close(self) -> None:
        """Close connections."""
        self._org.close()


def _literal(value: Any) -> str:
    """Return a value as SOQL writes it."""
    if not isinstance(value, str):
        return encode(value).decode()
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _in_parts(literals: Sequence[str]) -> Iterator[list[str]]:
    """Yield them in parts that an address can carry."""
    part: list[str] = []
    size = 0
    for literal in dict.fromkeys(literals):
        length = len(quote_plus(literal)) + 3
        if part and size + length > _LONGEST_QUERY:
            yield part
            part, size = [], 0
        part.append(literal)
        size += length
    if part:
        yield part


def _folded(value: Any) -> str:
    # the org compares text without its case, and writes 12 as 12.0
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(float(value))
    return str(value).lower()

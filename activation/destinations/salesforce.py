"""Salesforce: records upserted by an external id, two hundred at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from activation.destinations.delivery import Item
from activation.destinations.exchange import Request
from activation.destinations.outcome import Outcome
from activation.destinations.salesforce_org import LIMITS, Org
from activation.destinations.salesforce_settings import KIND
from activation.values import encode
from cdp.errors import Misconfigured

__all__ = ["KIND", "Salesforce", "translate"]


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

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request that carries these records, without a token."""
        records = [item.content for item in items]
        return self._org.upsert_request(
            self._object_name, self._external_id_field, records
        )

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt, with a new token where the old one has ended.

        Raises:
            NotTaken: The answer is about the whole batch.
        """
        return self._org.send(self.request(items), len(items))

    def close(self) -> None:
        """Close connections."""
        self._org.close()

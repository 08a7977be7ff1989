"""HubSpot: rows of a model as contacts, companies, deals or custom objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import msgspec

from activation.destinations.delivery import Item
from activation.destinations.exchange import Request
from activation.destinations.hubspot_batch import (
    LIMITS,
    Api,
    found_ids,
    inputs_of,
    objects_path,
    outcomes_of,
    upsert_input,
    value_of,
    with_ids,
)
from activation.destinations.outcome import Outcome, Status
from activation.values import encode
from cdp.errors import Misconfigured, Rejected

_ARCHIVE = "archive"


class HubspotObjects:
    """One kind of object of one account.

    Args:
        settings: ``token``, ``url``.
        object_name: ``contacts``, ``companies``, ``deals`` or a custom object.
        external_id_field: The unique property that records are matched by; contacts
            have ``email``.
        client: Where connections are kept.

    Raises:
        Misconfigured: No object, or no property to match by, is named.
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
        is_contact = object_name == "contacts"
        self._key = external_id_field or ("email" if is_contact else "")
        if not object_name or not self._key:
            raise Misconfigured(
                "HubSpot needs object and external_id_field",
                place="the exposure's config.meta.sync",
                fix="Name the object and a property that holds unique values",
            )
        self._object_name = object_name
        self._api = Api(settings, client)

    def prepare(self, record: Mapping[str, Any]) -> Item:
        """Return a record that is new or changed.

        Raises:
            Rejected: It has nothing to be matched by.
        """
        key = self._key_of(record)
        fields = {name: value for name, value in record.items() if name != self._key}
        if self._key != "email":
            fields[self._key] = key
        return Item(encode(upsert_input(self._key, key, fields)))

    def prepare_removal(self, record: Mapping[str, Any]) -> Item:
        """Return a record that has left the model; it is archived.

        Raises:
            Rejected: It has nothing to be matched by.
        """
        return Item(encode({"id": self._key_of(record)}), _ARCHIVE)

    def _key_of(self, record: Mapping[str, Any]) -> str:
        key = value_of(record.get(self._key)).strip()
        if not key:
            raise Rejected(f"a record needs {self._key}")
        return key.lower() if self._key == "email" else key

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request for these records; for removals the one that finds them.

        HubSpot archives by its own ids only.
        """
        if items[0].lane != _ARCHIVE:
            path = objects_path(self._object_name, "upsert")
            return self._api.post(path, inputs_of(items))
        inputs = msgspec.json.decode(inputs_of(items))
        body = {"idProperty": self._key, "properties": [self._key], **inputs}
        return self._api.post(objects_path(self._object_name, "read"), encode(body))

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt; a removal of what is not there is done.

        Raises:
            NotTaken: The answer is about the whole batch.
        """
        response = self._api.send(self.request(items))
        if items[0].lane != _ARCHIVE:
            outcomes = outcomes_of(response, items)
            return with_ids(outcomes, response, items, self._key)
        if ids := found_ids(response):
            body = encode({"inputs": [{"id": one} for one in ids]})
            path = objects_path(self._object_name, _ARCHIVE)
            response = self._api.send(self._api.post(path, body))
        outcome = Outcome(Status.DELIVERED, http_status=response.status_code)
        return [outcome] * len(items)

    def close(self) -> None:
        """Close connections."""
        self._api.close()

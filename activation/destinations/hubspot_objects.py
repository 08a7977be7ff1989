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
    found_by,
    found_ids,
    inputs_of,
    keys_of,
    objects_path,
    outcomes_of,
    properties_by,
    upsert_input,
    value_of,
    with_ids,
)
from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.destinations.presence import (
    ABSENT,
    CREATE,
    UPDATE,
    asked_by,
    create_absent,
    present,
    update_present,
)
from activation.values import encode
from cdp.errors import Misconfigured, Rejected

_ARCHIVE = "archive"
# the words of an error that make its record one that is left
_LEFT_BY = {UPDATE: "OBJECT_NOT_FOUND", CREATE: "CONFLICT"}
_ACTIONS = {UPDATE: "update", CREATE: "create", "": "upsert"}


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
    asked_at_once = asked_by(LIMITS.records)

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

    def prepare_update(self, record: Mapping[str, Any]) -> Item:
        """Return a record that is changed if HubSpot has it.

        Raises:
            Rejected: It has nothing to be matched by.
        """
        return Item(self.prepare(record).content, UPDATE)

    def prepare_creation(self, record: Mapping[str, Any]) -> Item:
        """Return a record that is made if HubSpot lacks it.

        Raises:
            Rejected: It has nothing to be matched by.
        """
        fields = {**record, self._key: self._key_of(record)}
        properties = {name: value_of(value) for name, value in fields.items()}
        # the trace makes HubSpot answer record by record
        body = {"properties": properties, "objectWriteTraceId": fields[self._key]}
        return Item(encode(body), CREATE)

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
        lane = items[0].lane
        if lane == _ARCHIVE:
            return self._look_up(self._keys_of(items))
        path = objects_path(self._object_name, _ACTIONS[lane])
        if lane == CREATE:  # of records that share a key only the first is in it
            contents = b",".join(item.content for item in items)
            return self._api.post(path, b'{"inputs":[' + contents + b"]}")
        return self._api.post(path, inputs_of(items))

    def read_fields(
        self, records: Sequence[Mapping[str, Any]], fields: Sequence[str]
    ) -> list[Mapping[str, Any]]:
        """Return what HubSpot has in some properties of records, in order.

        Raises:
            NotTaken: It did not say.
        """
        keys = [self._key_of(record) for record in records]
        response = self._api.send(self._look_up(keys, fields))
        found = properties_by(response, self._key)
        return [found.get(key.lower(), {}) for key in keys]

    def _look_up(self, keys: Sequence[str], fields: Sequence[str] = ()) -> Request:
        inputs = [{"id": key} for key in dict.fromkeys(keys)]
        names = [self._key, *fields]
        body = {"idProperty": self._key, "properties": names, "inputs": inputs}
        return self._api.post(objects_path(self._object_name, "read"), encode(body))

    def _keys_of(self, items: Sequence[Item]) -> list[str]:
        if items[0].lane != CREATE:
            return keys_of(items)
        bodies = [msgspec.json.decode(item.content) for item in items]
        return [str(body["objectWriteTraceId"]) for body in bodies]

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt; a removal of what is not there is done.

        Raises:
            NotTaken: The answer is about the whole batch.
        """
        lane = items[0].lane
        if lane in {UPDATE, CREATE}:
            return self._deliver_asked(items)
        response = self._api.send(self.request(items))
        if lane != _ARCHIVE:
            outcomes = outcomes_of(response, self._keys_of(items))
            return with_ids(outcomes, response, self._keys_of(items), self._key)
        if ids := found_ids(response):
            body = encode({"inputs": [{"id": one} for one in ids]})
            path = objects_path(self._object_name, _ARCHIVE)
            response = self._api.send(self._api.post(path, body))
        outcome = Outcome(Status.DELIVERED, http_status=response.status_code)
        return [outcome] * len(items)

    def _deliver_asked(self, items: Sequence[Item]) -> list[Outcome]:
        written = self._keys_of(items)
        found = found_by(self._api.send(self._look_up(written)), self._key)
        keys = [key.lower() for key in written]
        if items[0].lane == UPDATE:
            return update_present(items, keys, found, self._send)
        return create_absent(items, keys, found, self._send)

    def _send(self, items: Sequence[Item]) -> list[Outcome]:
        """Update or create; what came or went since the look-up is left, too."""
        lane, keys = items[0].lane, self._keys_of(items)
        try:
            response = self._api.send(self.request(items))
        except NotTaken as refusal:
            if (
                lane == CREATE
                and len(items) == 1
                and refusal.outcome.http_status == 409
            ):
                return [present()]
            raise
        outcomes = with_ids(outcomes_of(response, keys), response, keys, self._key)
        left = present() if lane == CREATE else ABSENT
        return [
            left if one.reason.startswith(_LEFT_BY[lane]) else one for one in outcomes
        ]

    def close(self) -> None:
        """Close connections."""
        self._api.close()

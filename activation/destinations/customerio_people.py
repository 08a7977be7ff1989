"""Customer.io: rows of a model as people.

Source: https://docs.customer.io/integrations/api/app/tag/customers/getPeopleById/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import msgspec

from activation.destinations.customerio_operation import attributes_of
from activation.destinations.customerio_workspace import Workspace
from activation.destinations.delivery import Item
from activation.destinations.exchange import Request, exchange, read_answer
from activation.destinations.mapping import find, text
from activation.destinations.outcome import Outcome
from activation.destinations.presence import (
    CREATE,
    UPDATE,
    asked_by,
    create_absent,
    update_present,
)
from activation.values import encode, nested, plain
from cdp.errors import Misconfigured, Rejected

_MOST_ASKED = 100


class _Operation(msgspec.Struct, frozen=True):
    identifiers: dict[str, str]


class _Customer(msgspec.Struct, frozen=True):
    id: str | None = None
    attributes: dict[str, Any] = {}


class _Entry(msgspec.Struct, frozen=True):
    customer: _Customer


class _Customers(msgspec.Struct, frozen=True):
    customers: list[_Entry] = []


class CustomerIoPeople(Workspace):
    """Rows of a model as people of one workspace.

    Args:
        settings: As ``KIND`` says.
        object_name: People are all that it takes.
        external_id_field: ``id``, ``email`` or ``cio_id``.
        client: Where connections are kept.

    Raises:
        Misconfigured: People cannot be matched by this field.
    """

    asked_at_once = asked_by(_MOST_ASKED)

    def __init__(
        self,
        settings: Mapping[str, Any],
        object_name: str = "people",  # noqa: ARG002 - as the registry calls it
        external_id_field: str = "",
        *,
        client: httpx.Client | None = None,
    ) -> None:
        self._key = external_id_field or "id"
        if self._key not in {"id", "email", "cio_id"}:
            raise Misconfigured(
                f"Customer.io matches nobody by {self._key}",
                place="the exposure's config.meta.sync.external_id_field",
                fix="Use id, email or cio_id",
            )
        super().__init__(settings, client)
        self._app_key = str(settings.get("app_api_key") or "")
        app_url = str(settings.get("app_url") or "https://api.customer.io")
        self._app_url = f"{app_url.rstrip('/')}/v1/customers/attributes"

    def prepare(self, record: Mapping[str, Any]) -> Item:
        """Return a person with the row's attributes.

        Raises:
            Rejected: The row has nothing to be matched by.
        """
        return Item(encode(self._identified(record, {})))

    def prepare_update(self, record: Mapping[str, Any]) -> Item:
        """Return a person who is changed if the workspace has them.

        Raises:
            Rejected: The row has nothing to be matched by.
        """
        return Item(encode(self._identified(record, {"_update": True})), UPDATE)

    def prepare_creation(self, record: Mapping[str, Any]) -> Item:
        """Return a person who is made if the workspace lacks them.

        Raises:
            Rejected: The row has nothing to be matched by.
        """
        return Item(self.prepare(record).content, CREATE)

    def check_asking(self) -> None:
        """See that people can be asked for: the Track API says nothing of them.

        Raises:
            Misconfigured: There is no key of the App API.
        """
        if not self._app_key:
            raise Misconfigured(
                "Customer.io is asked for people by its App API, which needs a key",
                place="headwater.yml: the destination's app_api_key",
                fix="Give the key of an App API, or use mode upsert",
            )

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt; the vendor names each operation that it refused.

        Raises:
            NotTaken: The answer is about the whole batch.
        """
        lane = items[0].lane
        if lane not in {UPDATE, CREATE}:
            return super().deliver(items)
        written = [
            msgspec.json.decode(item.content, type=_Operation).identifiers[self._key]
            for item in items
        ]
        found, keys = self._find(written), [self._folded(key) for key in written]
        write = update_present if lane == UPDATE else create_absent
        return write(items, keys, found, super().deliver)

    def _find(self, keys: Sequence[str]) -> dict[str, str]:
        """Return the people whom the workspace has, by their key."""
        return dict.fromkeys(self._attributes(keys), "")

    def read_fields(
        self, records: Sequence[Mapping[str, Any]], fields: Sequence[str]
    ) -> list[Mapping[str, Any]]:
        """Return some attributes of people; nothing without a key of the App API.

        Raises:
            NotTaken: The workspace did not say.
        """
        keys = [str(text(plain(record.get(self._key)))) for record in records]
        found = self._attributes(keys) if self._app_key else {}
        people = [found.get(self._folded(key), {}) for key in keys]
        return [{name: find(person, name) for name in fields} for person in people]

    def _attributes(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return people's attributes, by their key."""
        asked = list(dict.fromkeys(keys))
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(asked), _MOST_ASKED):
            request = self.question(asked[start : start + _MOST_ASKED])
            answer = read_answer(exchange(self._client, request), _Customers)
            for entry in answer.customers:
                customer = entry.customer
                own = customer.id if self._key == "id" else None
                key = own or text(customer.attributes.get(self._key))
                if key:
                    found[self._folded(key)] = customer.attributes
        return found

    def question(self, keys: Sequence[str]) -> Request:
        """Return the request that asks for up to a hundred people."""
        headers = {
            "Authorization": f"Bearer {self._app_key}",
            "Content-Type": "application/json",
        }
        content, params = encode({"ids": list(keys)}), {"id_type": self._key}
        return Request("POST", self._app_url, headers, content, params)

    def _folded(self, key: str) -> str:
        # of addresses the case does not count, says the vendor
        return key.lower() if self._key == "email" else key

    def prepare_removal(self, record: Mapping[str, Any]) -> Item:
        """Return the operation that deletes a person.

        Raises:
            Rejected: The row has nothing to be matched by.
        """
        return Item(encode(self._person(record, "delete")))

    def _identified(
        self, record: Mapping[str, Any], flags: Mapping[str, bool]
    ) -> dict[str, Any]:
        told = {name: plain(value) for name, value in record.items()}
        operation = self._person(told, "identify")
        del told[self._key]
        return {**operation, "attributes": {**attributes_of(nested(told)), **flags}}

    def _person(self, record: Mapping[str, Any], action: str) -> dict[str, Any]:
        key = text(plain(record.get(self._key)))
        if not key:
            raise Rejected(f"a person of Customer.io needs {self._key}")
        return {"type": "person", "action": action, "identifiers": {self._key: key}}

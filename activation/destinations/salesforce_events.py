"""Salesforce: people as contacts or leads, companies as accounts, events as records.

Everything is upserted by an external id, a record of an event by the event's messageId:
one that is sent twice is there once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

from activation.destinations.commerce import standard_name
from activation.destinations.delivery import Item, Payload
from activation.destinations.exchange import Request
from activation.destinations.mapping import EMAIL, first, stripped
from activation.destinations.outcome import Outcome
from activation.destinations.salesforce_fields import (
    OwnFields,
    read_fields,
    usual_fields,
)
from activation.destinations.salesforce_org import LIMITS, Org
from activation.destinations.salesforce_settings import KIND
from activation.values import encode
from cdp.errors import Misconfigured, Rejected

__all__ = ["KIND", "SalesforceEvents"]

_MESSAGE_ID = "Message_Id__c"
_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


@dataclass(frozen=True, slots=True)
class _Record:
    """How an event becomes a record.

    Attributes:
        object_name: Which object.
        key_field: Its external id.
        fields: Those of the settings.
        person_field: Its relationship to a person; empty for none.
    """

    object_name: str
    key_field: str
    fields: OwnFields
    person_field: str = ""

    def key_of(self, event: Mapping[str, Any]) -> str:
        """Return what a person is matched by: the userId, or their address."""
        if self.key_field.lower() == "email":
            return stripped(first(event, EMAIL)) or ""
        return str(event.get("userId") or "")

    def payload(self, event: Mapping[str, Any], key: Any, place: str) -> Payload:
        if not key:
            raise Rejected(f"a {self.object_name} needs {place}", place=place)
        body = {
            "attributes": {"type": self.object_name},
            **usual_fields(self.object_name, event),
            **self.fields.of(event),
            self.key_field: str(key),
        }
        return Payload(body, f"{self.object_name}/{self.key_field}")


class SalesforceEvents:
    """One org, for events.

    Args:
        settings: As ``KIND`` says.
        client: Where connections are kept.

    Raises:
        Misconfigured: An event or a field is not written as it must be.
    """

    limits = LIMITS

    def __init__(
        self, settings: Mapping[str, Any], client: httpx.Client | None = None
    ) -> None:
        own = read_fields(settings.get("fields") or {}, "salesforce.fields")
        object_name = str(settings.get("object") or "Contact")
        key_field = str(settings.get("external_id_field") or "")
        account_field = str(settings.get("account_external_id_field") or "")
        self._person = _Record(object_name, key_field, own) if key_field else None
        self._account = (
            _Record("Account", account_field, OwnFields({})) if account_field else None
        )
        self._events = {
            str(name): _record_of(written, f"salesforce.events.{name}")
            for name, written in (settings.get("events") or {}).items()
        }
        if any(one.person_field for one in self._events.values()) and not key_field:
            raise Misconfigured(
                "a relationship to a person needs external_id_field",
                place="salesforce.external_id_field",
                fix="Name the field of the person that holds the userId",
            )
        self._org = Org(settings, client)

    def translate(self, event: Mapping[str, Any]) -> Sequence[Payload]:
        """Return the record for an event; nothing where the settings name none.

        Raises:
            Rejected: There is nothing to match the record by.
        """
        kind = event.get("type")
        if kind == "identify" and self._person:
            key = self._person.key_of(event)
            if not key:  # a visitor whom nobody knows yet
                return ()
            return (self._person.payload(event, key, "userId"),)
        if kind == "group" and self._account:
            return (self._account.payload(event, event.get("groupId"), "groupId"),)
        record = self._record_for(event) if kind == "track" else None
        if record is None:
            return ()
        payload = record.payload(event, event.get("messageId"), "messageId")
        person = self._person
        if record.person_field and person and (key := person.key_of(event)):
            payload.body[record.person_field] = {
                "attributes": {"type": person.object_name},
                person.key_field: key,
            }
        return (payload,)

    def _record_for(self, event: Mapping[str, Any]) -> _Record | None:
        name = str(event.get("event") or "")
        return self._events.get(name) or self._events.get(standard_name(name) or "")

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request that carries these records, without a token.

        Salesforce refuses records that share a key: what comes later is laid over what
        came before.
        """
        object_name, key_field = items[0].lane.split("/")
        merged: dict[bytes, dict[str, msgspec.Raw]] = {}
        for item in items:
            record = _decode(item.content)
            merged.setdefault(bytes(record[key_field]), {}).update(record)
        records = [encode(record) for record in merged.values()]
        return self._org.upsert_request(object_name, key_field, records)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt, with a new token where the old one has ended.

        Raises:
            NotTaken: The answer is about the whole batch.
        """
        _, key_field = items[0].lane.split("/")
        keys = [bytes(_decode(item.content)[key_field]) for item in items]
        places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
        outcomes = self._org.send(self.request(items), len(places))
        return [outcomes[places[key]] for key in keys]

    def close(self) -> None:
        """Close connections."""
        self._org.close()


def _record_of(written: Any, place: str) -> _Record:
    if not isinstance(written, Mapping) or not written.get("object"):
        raise Misconfigured(
            "an event names the object that it becomes",
            place=place,
            fix="Write object: Task, and the fields that it needs",
        )
    return _Record(
        str(written["object"]),
        str(written.get("external_id_field") or _MESSAGE_ID),
        read_fields(written.get("fields") or {}, f"{place}.fields"),
        str(written.get("person_field") or ""),
    )

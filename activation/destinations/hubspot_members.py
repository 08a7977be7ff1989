"""HubSpot: which contact belongs to which company.

An association is told by HubSpot's own ids, so that contacts and companies are looked
up first, when it is delivered.
Source: https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from activation.destinations.delivery import Item
from activation.destinations.exchange import Request
from activation.destinations.hubspot_batch import Api, found_by, objects_path
from activation.destinations.mapping import find, lower, text
from activation.destinations.outcome import Outcome, Status
from activation.values import encode

MEMBERS = "members"
_ASSOCIATE = "/crm/v4/associations/contacts/companies/batch/associate/default"


class Member(msgspec.Struct, frozen=True):
    """A contact and its company, each by the property that it is matched by."""

    contact: str
    company: str


def member_of(event: Mapping[str, Any], contact_key: str) -> dict[str, Any] | None:
    """Return who belongs to the company of a group; None where nobody is known."""
    # the email among the traits of a group is the company's
    known = lower(find(event, "context.traits.email"))
    if contact_key != "email":
        known = text(event.get("userId"))
    if not known:
        return None
    return {"contact": known, "company": str(event.get("groupId"))}


class Members:
    """Contacts of companies of one account.

    Args:
        api: Where requests go.
        contact_key: The property that contacts are matched by.
        company_key: The one of companies.
    """

    def __init__(self, api: Api, contact_key: str, company_key: str) -> None:
        self._api = api
        self._keys = {"contacts": contact_key, "companies": company_key}

    def request(self, items: Sequence[Item]) -> Request:
        """Return the first of the requests: the look-up of the contacts."""
        return self._read("contacts", (one.contact for one in _members(items)))

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Look all up and associate them; who is associated already stays so.

        Raises:
            NotTaken: HubSpot refused.
        """
        members = _members(items)
        contacts = self._ids("contacts", (one.contact for one in members))
        companies = self._ids("companies", (one.company for one in members))
        found = [
            (contacts.get(one.contact.lower()), companies.get(one.company.lower()))
            for one in members
        ]
        pairs = [
            {"from": {"id": contact}, "to": {"id": company}}
            for contact, company in dict.fromkeys(found)
            if contact and company
        ]
        if pairs:
            self._api.send(self._api.post(_ASSOCIATE, encode({"inputs": pairs})))
        return [_outcome(contact, company) for contact, company in found]

    def _read(self, name: str, keys: Iterable[str]) -> Request:
        key = self._keys[name]
        inputs = [{"id": one} for one in dict.fromkeys(keys)]
        body = {"idProperty": key, "properties": [key], "inputs": inputs}
        return self._api.post(objects_path(name, "read"), encode(body))

    def _ids(self, name: str, keys: Iterable[str]) -> dict[str, str]:
        response = self._api.send(self._read(name, keys))
        return found_by(response, self._keys[name])


def _members(items: Sequence[Item]) -> list[Member]:
    return [msgspec.json.decode(item.content, type=Member) for item in items]


def _outcome(contact: str | None, company: str | None) -> Outcome:
    if contact and company:
        return Outcome(Status.DELIVERED, http_status=200)
    what = "company" if contact else "contact"
    return Outcome(Status.REJECTED, f"HubSpot has no such {what}", 200)

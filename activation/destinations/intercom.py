"""Intercom: contacts, their companies and the events of their timeline.

One record a request. A contact that is there already is found by the conflict that
creating it makes, and updated; nothing is looked up while an event is translated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import httpx
import msgspec

from activation.destinations.delivery import Item, Payload
from activation.destinations.exchange import Request
from activation.destinations.intercom_account import ADDRESS, Account
from activation.destinations.intercom_event import company, contact, happened, whom
from activation.destinations.mapping import find, first, text
from activation.destinations.outcome import Outcome
from activation.destinations.presence import CREATE, UPDATE
from activation.values import encode, nested, plain
from cdp.errors import Misconfigured, Rejected
from cdp.workspace_schema import Kind, Setting

KIND = Kind(
    "intercom",
    "Contacts, companies and events of an Intercom workspace.",
    (
        Setting("access_token", "Token of an Intercom app.", is_secret=True),
        Setting(
            "anonymous",
            "Whether strangers become contacts by their anonymous id.",
            default=False,
            kind="boolean",
        ),
        Setting(
            "contact_attributes",
            "Custom attributes of contacts that Intercom knows; all traits if absent.",
            is_required=False,
            kind="list",
        ),
        Setting(
            "company_attributes",
            "Custom attributes of companies that it knows; all traits if absent.",
            is_required=False,
            kind="list",
        ),
    ),
    purpose="support",
    url_default=ADDRESS,
)


class Intercom(Account):
    """One workspace, for events.

    Args:
        settings: As ``KIND`` says.
        client: Where connections are kept.
    """

    def __init__(
        self, settings: Mapping[str, Any], client: httpx.Client | None = None
    ) -> None:
        super().__init__(settings, client)
        self._anonymous = bool(settings.get("anonymous"))
        self._contact = _names(settings.get("contact_attributes"))
        self._company = _names(settings.get("company_attributes"))

    def translate(self, event: Mapping[str, Any]) -> Sequence[Payload]:
        """Return a contact, a company with its member, or an event of the timeline.

        Raises:
            Rejected: The event lacks what Intercom needs.
        """
        kind, identity = event.get("type"), whom(event, anonymous=self._anonymous)
        if kind == "group":
            group_id = text(event.get("groupId"))
            if not group_id:
                raise Rejected("a group needs groupId", place="groupId")
            return self._of_company(event.get("traits") or {}, group_id, identity)
        if not identity:
            return ()
        if kind == "track":
            return (Payload(happened(event, identity), "events"),)
        if kind != "identify":
            return ()
        own = first(event, ("traits.company", "context.traits.company"))
        body = contact(event, identity, self._contact)
        return Payload(body, "contacts"), *self._of_employer(own, identity)

    def _of_employer(
        self, traits: Any, identity: Mapping[str, str]
    ) -> Sequence[Payload]:
        company_id = text(first(traits, ("id", "company_id", "name")))
        if not isinstance(traits, Mapping) or not company_id:
            return ()
        return self._of_company(traits, company_id, identity)

    def _of_company(
        self, traits: Mapping[str, Any], company_id: str, identity: Mapping[str, str]
    ) -> Sequence[Payload]:
        told = Payload(company(traits, company_id, self._company), "companies")
        if not identity:
            return (told,)
        joins = {"contact": dict(identity), "company_id": company_id}
        return told, Payload(joins, "memberships")


class IntercomContacts(Account):
    """Rows of a model as contacts of one workspace.

    Args:
        settings: As ``KIND`` says.
        object_name: Contacts are all that it takes.
        external_id_field: ``external_id`` or ``email``.
        client: Where connections are kept.

    Raises:
        Misconfigured: Contacts cannot be matched by this field.
    """

    # a creation says itself that there is one
    asked_at_once: ClassVar[Mapping[str, int]] = {UPDATE: 1}

    def __init__(
        self,
        settings: Mapping[str, Any],
        object_name: str = "contacts",  # noqa: ARG002 - as the registry calls it
        external_id_field: str = "",
        *,
        client: httpx.Client | None = None,
    ) -> None:
        self._key = external_id_field or "external_id"
        if self._key not in {"external_id", "email"}:
            raise Misconfigured(
                f"Intercom matches no contacts by {self._key}",
                place="the exposure's config.meta.sync.external_id_field",
                fix="Use external_id or email",
            )
        super().__init__(settings, client)

    def prepare(self, record: Mapping[str, Any]) -> Item:
        """Return a contact; dotted names (``custom_attributes.tier``) are nested.

        Raises:
            Rejected: The row has nothing to be matched by.
        """
        return self._item(record, "contacts")

    def prepare_update(self, record: Mapping[str, Any]) -> Item:
        """Return a contact that is changed if Intercom has it.

        Raises:
            Rejected: The row has nothing to be matched by.
        """
        return self._item(record, UPDATE)

    def prepare_creation(self, record: Mapping[str, Any]) -> Item:
        """Return a contact that is made if Intercom lacks it.

        Raises:
            Rejected: The row has nothing to be matched by.
        """
        return self._item(record, CREATE)

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request for this contact; for a change the one that finds it."""
        if items[0].lane != UPDATE:
            return super().request(items)
        return self.search(self._identity_of(items[0]))

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt.

        Raises:
            NotTaken: The contact was not taken.
        """
        (item,) = items
        if item.lane == UPDATE:
            return [self.change(self._identity_of(item), item.content)]
        if item.lane == CREATE:
            return [self.create(item.content)]
        return super().deliver(items)

    def read_fields(
        self, records: Sequence[Mapping[str, Any]], fields: Sequence[str]
    ) -> list[Mapping[str, Any]]:
        """Return what Intercom has in some fields of contacts, in order.

        Raises:
            NotTaken: It did not say.
        """
        contacts = [
            self.show({self._key: str(text(one[self._key]))}) for one in records
        ]
        return [{name: find(one, name) for name in fields} for one in contacts]

    def _identity_of(self, item: Item) -> dict[str, str]:
        return {self._key: msgspec.json.decode(item.content)[self._key]}

    def _item(self, record: Mapping[str, Any], lane: str) -> Item:
        told = {name: plain(value) for name, value in record.items()}
        if not text(told.get(self._key)):
            raise Rejected(f"a contact of Intercom needs {self._key}")
        told[self._key] = text(told[self._key])
        return Item(encode(nested(told)), lane)


def _names(value: Any) -> frozenset[str] | None:
    return None if value is None else frozenset(str(name) for name in value)

"""Intercom: contacts, their companies and the events of their timeline.

One record a request. A contact that is there already is found by the conflict that
creating it makes, and updated; nothing is looked up while an event is translated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from activation.destinations.delivery import Item, Payload
from activation.destinations.intercom_account import ADDRESS, Account
from activation.destinations.intercom_event import company, contact, happened, whom
from activation.destinations.mapping import first, text
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
        told = {name: plain(value) for name, value in record.items()}
        if not text(told.get(self._key)):
            raise Rejected(f"a contact of Intercom needs {self._key}")
        told[self._key] = text(told[self._key])
        return Item(encode(nested(told)), "contacts")


def _names(value: Any) -> frozenset[str] | None:
    return None if value is None else frozenset(str(name) for name in value)

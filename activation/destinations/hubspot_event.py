"""From an event to HubSpot's contacts, companies and custom events."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from activation.destinations.commerce import standard_name
from activation.destinations.hubspot_batch import upsert_input, value_of
from activation.destinations.mapping import (
    CITY,
    COUNTRY,
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    PHONE,
    POSTAL_CODE,
    STATE,
    USER_AGENT,
    Field,
    fields_of,
    find,
    first,
    lower,
    moment,
    text,
    with_names,
)
from cdp.errors import Misconfigured, Rejected

CONTACT = (
    Field("email", EMAIL, lower),
    Field("firstname", FIRST_NAME),
    Field("lastname", LAST_NAME),
    Field("phone", PHONE),
    Field("city", CITY),
    Field("state", STATE),
    Field("zip", POSTAL_CODE),
    Field("country", COUNTRY),
    Field("address", ("traits.address.street", "context.traits.address.street")),
    Field("company", ("traits.company.name", "traits.company"), text),
    Field("jobtitle", ("traits.title", "traits.job_title", "traits.jobTitle")),
    Field("website", ("traits.website",)),
    Field("date_of_birth", ("traits.birth_date", "traits.birthday")),
    Field("lifecyclestage", ("traits.lifecycle_stage", "traits.lifecyclestage")),
)
COMPANY = (
    Field("name", ("traits.name",)),
    Field("domain", ("traits.domain", "traits.website")),
    Field("phone", ("traits.phone",)),
    Field("industry", ("traits.industry",)),
    Field("numberofemployees", ("traits.employees", "traits.employee_count")),
    Field("city", ("traits.city", "traits.address.city")),
    Field("country", ("traits.country", "traits.address.country")),
    Field("description", ("traits.description",)),
)
# properties that every custom event has, by HubSpot's own names
EVENT = (
    Field("hs_page_url", ("context.page.url",)),
    Field("hs_page_title", ("context.page.title",)),
    Field("hs_referrer", ("context.page.referrer",)),
    Field("hs_language", ("context.locale",)),
    Field("hs_user_agent", USER_AGENT),
    Field("hs_operating_system", ("context.os.name",)),
    Field("hs_operating_version", ("context.os.version",)),
    Field("hs_device_name", ("context.device.name",)),
    Field("hs_utm_source", ("context.campaign.source",)),
    Field("hs_utm_medium", ("context.campaign.medium",)),
    Field("hs_utm_campaign", ("context.campaign.name",)),
    Field("hs_utm_term", ("context.campaign.term",)),
    Field("hs_utm_content", ("context.campaign.content",)),
)
_VISITOR = ("properties.hubspotutk", "context.traits.hubspotutk", "context.hubspotutk")
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9_]+")
_OTHER_IDS = uuid.UUID("0c5ad7a6-6f0b-5c53-9a55-9d3f3a7b7a10")


@dataclass(frozen=True, slots=True)
class CustomEvent:
    """A custom event of the account.

    Attributes:
        name: Its fully qualified name (``pe1234_order_completed``).
        properties: HubSpot's property by path of the event; None sends all properties
            that are no lists and no mappings, under their own names.
    """

    name: str
    properties: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """What the settings say about the account.

    Attributes:
        contact_key: The property that contacts are matched by.
        company_key: The one of companies; empty where companies are not sent.
        contact_fields: More properties of a contact, by path of the event.
        company_fields: The same of a company.
        events: Custom events by our name.
        stages: Lifecycle stages that an event brings its contact to.
    """

    contact_key: str = "email"
    company_key: str = ""
    contact_fields: Mapping[str, str] = field(default_factory=dict)
    company_fields: Mapping[str, str] = field(default_factory=dict)
    events: Mapping[str, CustomEvent] = field(default_factory=dict)
    stages: Mapping[str, str] = field(default_factory=dict)

    def contact(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Return the contact of an identify.

        Raises:
            Rejected: There is nothing to match a contact by.
        """
        properties = fields_of(with_names(event), CONTACT) | _more(
            event, self.contact_fields
        )
        return self._contact_with(event, properties)

    def company(self, event: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the company of a group; None where companies are not sent.

        Raises:
            Rejected: The group has no id.
        """
        if not self.company_key:
            return None
        group_id = event.get("groupId")
        if not group_id:
            raise Rejected("the group has no id", place="groupId")
        properties = fields_of(event, COMPANY) | _more(event, self.company_fields)
        return upsert_input(self.company_key, str(group_id), properties)

    def stage(self, event: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the contact in the stage that a track brings it to; None for none."""
        stage = _named(self.stages, str(event.get("event") or ""))
        if stage is None:
            return None
        return self._contact_with(event, {"lifecyclestage": stage})

    def occurrence(self, event: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return a track as a custom event; None where the account has none for it.

        Raises:
            Rejected: Nothing says which contact did it.
        """
        custom = _named(self.events, str(event.get("event") or ""))
        if custom is None:
            return None
        email, visitor = lower(first(event, EMAIL)), first(event, _VISITOR)
        if not email and not visitor:
            raise Rejected("HubSpot knows people by email; the event has none")
        who = {"email": email} if email else {"utk": str(visitor)}
        own = event.get("properties") or {}
        if custom.properties is None:
            told = {
                _NOT_IN_A_NAME.sub("_", name.lower()): value
                for name, value in own.items()
                if value is not None and not isinstance(value, dict | list)
            }
        else:
            told = _more(event, custom.properties)
        told = fields_of(event, EVENT) | told
        return {
            "eventName": custom.name,
            **who,
            "occurredAt": moment(event).isoformat(timespec="milliseconds"),
            "uuid": _uuid_of(str(event.get("messageId") or "")),
            "properties": {name: value_of(value) for name, value in told.items()},
        }

    def _contact_with(
        self, event: Mapping[str, Any], properties: dict[str, Any]
    ) -> dict[str, Any]:
        if self.contact_key == "email":
            key = lower(first(event, EMAIL))
        else:
            key = properties.get(self.contact_key) or event.get("userId")
        if not key:
            raise Rejected(f"a HubSpot contact needs {self.contact_key}")
        return upsert_input(self.contact_key, str(key), properties)


def _more(event: Mapping[str, Any], paths: Mapping[str, str]) -> dict[str, Any]:
    found = {name: find(event, path) for name, path in paths.items()}
    return {name: value for name, value in found.items() if value is not None}


def _named(table: Mapping[str, Any], event_name: str) -> Any:
    """Return what a table has for an event, in any spelling of a standard one."""
    found = table.get(event_name)
    if found is None and (standard := standard_name(event_name)):
        found = table.get(standard)
    return found


def _uuid_of(message_id: str) -> str:
    try:
        return str(uuid.UUID(message_id))
    except ValueError:
        return str(uuid.uuid5(_OTHER_IDS, message_id))


def read_account(settings: Mapping[str, Any]) -> Account:
    """Read the settings of a destination.

    Raises:
        Misconfigured: An event is not written as it must be.
    """
    return Account(
        contact_key=str(settings.get("contact_key") or "email"),
        company_key=str(settings.get("company_key") or ""),
        contact_fields=dict(settings.get("contact_properties") or {}),
        company_fields=dict(settings.get("company_properties") or {}),
        events={
            str(name): _custom_event(str(name), written)
            for name, written in (settings.get("events") or {}).items()
        },
        stages={
            str(name): str(stage)
            for name, stage in (settings.get("lifecycle_stages") or {}).items()
        },
    )


def _custom_event(name: str, written: Any) -> CustomEvent:
    if isinstance(written, str):
        return CustomEvent(written)
    if isinstance(written, Mapping) and written.get("name"):
        properties = written.get("properties")
        return CustomEvent(
            str(written["name"]), None if properties is None else dict(properties)
        )
    raise Misconfigured(
        "a custom event has a name",
        place=f"hubspot.events.{name}",
        fix="Write its fully qualified name, such as pe1234_order_completed",
    )

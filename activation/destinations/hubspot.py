"""HubSpot: contacts and companies as people identify themselves, custom events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from activation.destinations.delivery import Item, Payload
from activation.destinations.exchange import Request
from activation.destinations.hubspot_batch import (
    API,
    LIMITS,
    VERSION,
    Api,
    inputs_of,
    keys_of,
    objects_path,
    outcomes_of,
)
from activation.destinations.hubspot_event import read_account
from activation.destinations.hubspot_members import MEMBERS, Members, member_of
from activation.destinations.hubspot_objects import HubspotObjects
from activation.destinations.outcome import Outcome, Status
from cdp.workspace_schema import Kind, Setting

__all__ = ["KIND", "Hubspot", "HubspotObjects"]

_EVENTS = "events"

KIND = Kind(
    "hubspot",
    "Contacts, companies and custom events of a HubSpot account.",
    settings=(
        Setting("token", "Access token of a private app.", is_secret=True),
        Setting(
            "contact_key",
            "Unique property that contacts are matched by; the userId unless email.",
            default="email",
        ),
        Setting(
            "company_key",
            "Unique property of companies that holds the groupId; none are sent else.",
            is_required=False,
        ),
        Setting(
            "contact_properties",
            "More properties of a contact, with the path that each comes from.",
            is_required=False,
            kind="object",
            each=Setting("*", "A path of the event, such as traits.tier."),
        ),
        Setting(
            "company_properties",
            "More properties of a company, with the path that each comes from.",
            is_required=False,
            kind="object",
            each=Setting("*", "A path of the event."),
        ),
        Setting(
            "events",
            "Custom event of the account for each of ours; others are not sent.",
            is_required=False,
            kind="object",
            each=Setting(
                "*",
                "Its fully qualified name, or name and properties.",
                or_kinds=("object",),
            ),
        ),
        Setting(
            "lifecycle_stages",
            "Lifecycle stage that an event brings its contact to.",
            is_required=False,
            kind="object",
            each=Setting("*", "Internal name of the stage."),
        ),
    ),
    purpose="sales",
    url_default=API,
)


class Hubspot:
    """One account, for events.

    Args:
        settings: As ``KIND`` says.
        client: Where connections are kept.
    """

    limits = LIMITS

    def __init__(
        self, settings: Mapping[str, Any], client: httpx.Client | None = None
    ) -> None:
        self._account = read_account(settings)
        self._api = Api(settings, client)
        account = self._account
        self._members = Members(self._api, account.contact_key, account.company_key)

    def translate(self, event: Mapping[str, Any]) -> Sequence[Payload]:
        """Return a contact, a company or a custom event; nothing for other events.

        Raises:
            Rejected: Nothing says whom the event is about.
        """
        kind, account = event.get("type"), self._account
        if kind == "identify":
            return (Payload(account.contact(event), "contacts"),)
        if kind == "group":
            return self._of_group(event)
        if kind != "track":
            return ()
        stage, occurrence = account.stage(event), account.occurrence(event)
        staged = [] if stage is None else [Payload(stage, "contacts")]
        if occurrence is not None:
            staged.append(Payload(occurrence, _EVENTS))
        return tuple(staged)

    def _of_group(self, event: Mapping[str, Any]) -> Sequence[Payload]:
        company = self._account.company(event)
        if company is None:
            return ()
        told = Payload(company, "companies")
        member = member_of(event, self._account.contact_key)
        return (told,) if member is None else (told, Payload(member, MEMBERS))

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request that carries these records of one lane."""
        lane = items[0].lane
        if lane == MEMBERS:
            return self._members.request(items)
        if lane != _EVENTS:
            return self._api.post(objects_path(lane, "upsert"), inputs_of(items))
        content = b",".join(item.content for item in items)
        path = f"/events/{VERSION}/send/batch"
        return self._api.post(path, b'{"inputs":[' + content + b"]}")

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt.

        Raises:
            NotTaken: The answer is about the whole batch.
        """
        if items[0].lane == MEMBERS:
            return self._members.deliver(items)
        response = self._api.send(self.request(items))
        if items[0].lane != _EVENTS:
            return outcomes_of(response, keys_of(items))
        outcome = Outcome(Status.DELIVERED, http_status=response.status_code)
        return [outcome] * len(items)

    def close(self) -> None:
        """Close connections."""
        self._api.close()

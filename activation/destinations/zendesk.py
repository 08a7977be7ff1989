"""Zendesk: users and organisations, their timeline, and tickets for chosen events."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from activation.destinations.delivery import Item, Payload
from activation.destinations.exchange import Request
from activation.destinations.outcome import Outcome, Status
from activation.destinations.zendesk_account import REQUESTS_PER_SECOND, Account, Sleep
from activation.destinations.zendesk_event import (
    named,
    organization_of,
    read_tickets,
    ticket_of,
    user_event_of,
    user_of,
)
from activation.destinations.zendesk_membership import Memberships, membership_of
from activation.destinations.zendesk_users import ZendeskUsers
from cdp.workspace_forms import ADDRESS
from cdp.workspace_schema import Kind, Setting

__all__ = ["KIND", "Zendesk", "ZendeskUsers"]

_USERS, _MEMBERS = "users", "memberships"
# what Zendesk takes one of a request: its path, and the name of it in the body
_SINGLE = {
    "organizations": ("/api/v2/organizations/create_or_update", "organization"),
    "tickets": ("/api/v2/tickets", "ticket"),
    "events": ("/api/v2/user_profiles/events", ""),
}
_PATHS = Setting("*", "A path of the event, such as traits.tier.")

KIND = Kind(
    "zendesk",
    "Users, organisations, user events and tickets of a Zendesk account.",
    settings=(
        Setting(
            "url", "Address of the account: https://COMPANY.zendesk.com.", form=ADDRESS
        ),
        Setting("email", "The agent whose token it is."),
        Setting("api_token", "Their API token.", is_secret=True),
        Setting(
            "user_fields",
            "Custom fields of a user, with the path that each comes from.",
            is_required=False,
            kind="object",
            each=_PATHS,
        ),
        Setting(
            "organization_fields",
            "Custom fields of an organisation, with the path that each comes from.",
            is_required=False,
            kind="object",
            each=_PATHS,
        ),
        Setting(
            "events",
            "Events that go onto the user's timeline; others do not.",
            is_required=False,
            kind="list",
        ),
        Setting("event_source", "What the timeline calls us.", default="headwater"),
        Setting(
            "tickets",
            "Events that open a ticket: subject, body, and fields of a ticket.",
            is_required=False,
            kind="object",
            each=Setting("*", "One ticket.", kind="object"),
        ),
        Setting(
            "requests_per_second",
            "The rate of the account's plan.",
            default=REQUESTS_PER_SECOND,
            kind="number",
        ),
    ),
    purpose="support",
)


class Zendesk:
    """One account, for events.

    Args:
        settings: As ``KIND`` says.
        client: Where connections are kept.
        sleep: Waits between two looks at a job.

    Raises:
        Misconfigured: A ticket is not written as it must be.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        client: httpx.Client | None = None,
        *,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._user_fields = dict(settings.get("user_fields") or {})
        self._organization_fields = dict(settings.get("organization_fields") or {})
        self._events = {str(name): True for name in settings.get("events") or ()}
        self._source = str(settings.get("event_source") or "headwater")
        self._tickets = read_tickets(settings.get("tickets") or {})
        self._account = Account(settings, client, sleep)
        self._memberships = Memberships(self._account)
        self.limits = self._account.limits

    def translate(self, event: Mapping[str, Any]) -> Sequence[Payload]:
        """Return a user, an organisation, or what the settings make of a track.

        Raises:
            Rejected: Nothing says whom it is about, or a template cannot be filled.
        """
        kind = event.get("type")
        if kind == "identify":
            user = user_of(event, self._user_fields)
            return () if user is None else (Payload(user, _USERS),)
        if kind == "group":
            return self._of_group(event)
        return self._of_track(event) if kind == "track" else ()

    def _of_group(self, event: Mapping[str, Any]) -> Sequence[Payload]:
        organization = organization_of(event, self._organization_fields)
        key = organization["external_id"]
        told = Payload(organization, f"organizations {key}")
        member = membership_of(event)
        if member is None:
            return (told,)
        return told, Payload(member, f"{_MEMBERS} {event.get('messageId')}")

    def _of_track(self, event: Mapping[str, Any]) -> Sequence[Payload]:
        name, key = str(event.get("event") or ""), str(event.get("messageId") or "")
        payloads = []
        if named(self._events, name):
            body = user_event_of(event, self._source)
            payloads.append(Payload(body, f"events {key}"))
        if ticket := named(self._tickets, name):
            payloads.append(Payload(ticket_of(event, ticket), f"tickets {key}"))
        return tuple(payloads)

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request that carries these records of one lane.

        What Zendesk takes one by one has a lane of its own; of several in it the last
        holds.
        """
        kind, _, key = items[0].lane.partition(" ")
        if kind == _USERS:
            return self._account.users_request(items)
        if kind == _MEMBERS:
            return self._memberships.request(items[-1])
        path, wrapped = _SINGLE[kind]
        content = items[-1].content
        if wrapped:
            content = b'{"' + wrapped.encode() + b'":' + content + b"}"
        # organisations are matched by their id: they need no key
        return self._account.post(path, content, "" if kind == "organizations" else key)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt; users have an outcome each.

        Raises:
            NotTaken: The answer is about the whole batch.
        """
        if items[0].lane == _USERS:
            return self._account.deliver_users(items)
        if items[0].lane.startswith(_MEMBERS):
            return [self._memberships.deliver(item) for item in items]
        response = self._account.send(self.request(items))
        outcome = Outcome(Status.DELIVERED, http_status=response.status_code)
        return [outcome] * len(items)

    def close(self) -> None:
        """Close connections."""
        self._account.close()

"""From an event to Zendesk's users, organisations, user events and tickets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from activation.destinations.commerce import standard_name
from activation.destinations.mapping import (
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    NAME,
    PHONE,
    Field,
    fields_of,
    find,
    first,
    moment,
    stripped,
    text,
)
from activation.destinations.templates import Template, text_template
from activation.values import encode
from cdp.errors import Misconfigured, Rejected

_LONGEST_TYPE = 40  # of a user event, says the vendor
_USER = (
    Field("email", EMAIL, stripped),
    Field("phone", PHONE),
    Field("time_zone", ("traits.time_zone", "traits.timezone")),
    Field("locale", ("traits.locale",)),
    Field("notes", ("traits.notes",)),
)
_ORGANIZATION = (
    Field("name", ("traits.name",)),
    Field("domain_names", ("traits.domains",)),
    Field("notes", ("traits.notes",)),
)


@dataclass(frozen=True, slots=True)
class Ticket:
    """How an event becomes a ticket.

    Attributes:
        subject: Template of its subject.
        body: Template of its first comment.
        more: Further fields of a ticket, as they are: priority, tags, group_id …
    """

    subject: Template
    body: Template
    more: Mapping[str, Any]


def person_name(event: Mapping[str, Any]) -> str:
    """Return what the person is called; empty if that is not known."""
    if name := first(event, NAME):
        return str(name)
    parts = (first(event, FIRST_NAME), first(event, LAST_NAME))
    return " ".join(str(part) for part in parts if part)


def user_of(
    event: Mapping[str, Any], fields: Mapping[str, str]
) -> dict[str, Any] | None:
    """Return the user of an identify; None where neither userId nor email is known."""
    user = fields_of(event, _USER)
    if event.get("userId"):
        user["external_id"] = str(event["userId"])
    if not user.get("external_id") and not user.get("email"):
        return None
    if name := person_name(event):
        user["name"] = name
    if own := _own_fields(event, fields):
        user["user_fields"] = own
    # else Zendesk writes to everyone who is new
    return {**user, "skip_verify_email": True}


def organization_of(
    event: Mapping[str, Any], fields: Mapping[str, str]
) -> dict[str, Any]:
    """Return the organisation of a group.

    Raises:
        Rejected: The group has no id or no name.
    """
    organization = fields_of(event, _ORGANIZATION)
    if not event.get("groupId") or not organization.get("name"):
        raise Rejected("a Zendesk organization needs a groupId and a name")
    organization["external_id"] = str(event["groupId"])
    if own := _own_fields(event, fields):
        organization["organization_fields"] = own
    return organization


def _own_fields(event: Mapping[str, Any], paths: Mapping[str, str]) -> dict[str, Any]:
    found = {name: find(event, path) for name, path in paths.items()}
    return {name: value for name, value in found.items() if value is not None}


def user_event_of(event: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Return a track as an event of a user's timeline.

    Raises:
        Rejected: Neither userId nor email says who did it, or the name is too long.
    """
    name = str(event.get("event"))
    if len(name) > _LONGEST_TYPE:
        raise Rejected(f"Zendesk takes {_LONGEST_TYPE} characters of a name")
    who = {"external_id": event.get("userId"), "email": stripped(first(event, EMAIL))}
    identifiers = [
        {"type": kind, "value": str(value)} for kind, value in who.items() if value
    ]
    if not identifiers:
        raise Rejected("a Zendesk user event needs a userId or an email")
    profile: dict[str, Any] = {"source": source, "type": "customer"}
    if called := person_name(event):
        profile["name"] = called
    return {
        "profile": {**profile, "identifiers": identifiers},
        "event": {
            "source": source,
            "type": name,
            "description": name,
            "created_at": moment(event).isoformat(timespec="milliseconds"),
            "properties": dict(event.get("properties") or {}),
        },
    }


def ticket_of(event: Mapping[str, Any], ticket: Ticket) -> dict[str, Any]:
    """Return a track as a ticket of whoever did it.

    Raises:
        Rejected: There is no email to answer to, or a template cannot be filled.
    """
    email = stripped(first(event, EMAIL))
    if not email:
        raise Rejected("a Zendesk ticket needs the requester's email")
    values = {**event, "name": person_name(event), "email": email}
    subject, body = ticket.subject.fill(values), ticket.body.fill(values)
    if not body.strip():
        raise Rejected("the ticket is empty", place=ticket.body.place)
    return {
        **ticket.more,
        "subject": " ".join(subject.split()),
        "comment": {"body": body},
        "requester": {"email": str(email), "name": person_name(event) or str(email)},
        "external_id": str(event.get("messageId") or ""),
    }


def read_tickets(written: Any) -> dict[str, Ticket]:
    """Read ``tickets`` of the settings.

    Raises:
        Misconfigured: One has no body, or a template is none.
    """
    if not isinstance(written, Mapping):
        raise Misconfigured("expected events and tickets", place="zendesk.tickets")
    return {str(name): _ticket(str(name), one) for name, one in written.items()}


def _ticket(name: str, written: Any) -> Ticket:
    place = f"zendesk.tickets.{name}"
    if not isinstance(written, Mapping) or not written.get("body"):
        raise Misconfigured(
            "a ticket has subject and body",
            place=place,
            fix="Write body: what the team shall read, with {{ properties.note }}",
        )
    subject = str(written.get("subject") or "{{ event }}")
    own = {"subject", "body"}
    return Ticket(
        text_template(subject, f"{place}.subject", _shown),
        text_template(str(written["body"]), f"{place}.body", _shown),
        {key: value for key, value in written.items() if key not in own},
    )


def _shown(value: Any) -> str:
    if value is None:
        return ""
    written = text(value)
    return encode(value).decode() if written is None else written


def named(table: Mapping[str, Any], event_name: str) -> Any:
    """Return what a table has for an event, in any spelling of a standard one."""
    return table.get(event_name) or table.get(standard_name(event_name) or "")

"""Zendesk: who belongs to which organisation.

A membership is told by Zendesk's own numbers, so that the user and the organisation are
looked up first, when it is delivered.
Source: https://developer.zendesk.com/api-reference/ticketing/organizations/organization_memberships/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msgspec

from activation.destinations.delivery import Item
from activation.destinations.exchange import Request, read_answer
from activation.destinations.mapping import find, stripped
from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.destinations.zendesk_account import Account
from activation.values import encode

_MEMBERSHIPS = "/api/v2/organization_memberships"
_THERE_ALREADY = ("already", "taken")


class _Found(msgspec.Struct, frozen=True):
    id: int


class _Page(msgspec.Struct, frozen=True):
    users: list[_Found] = []
    organizations: list[_Found] = []


class _Membership(msgspec.Struct, frozen=True):
    organization: str
    user: dict[str, str]


def membership_of(event: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return who joins the organisation of a group; None where nobody is known."""
    user_id, email = event.get("userId"), stripped(find(event, "context.traits.email"))
    if not user_id and not email:
        return None
    user = {"external_id": str(user_id)} if user_id else {"query": f"email:{email}"}
    return {"organization": str(event.get("groupId")), "user": user}


@dataclass(frozen=True, slots=True)
class Memberships:
    """The memberships of one account.

    Attributes:
        account: Where requests go.
    """

    account: Account

    def request(self, item: Item) -> Request:
        """Return the first of the requests: the look-up of the user."""
        return self._search("users", _read(item).user)

    def deliver(self, item: Item) -> Outcome:
        """Look both up and join them; who is a member already stays one.

        Raises:
            NotTaken: Zendesk refused.
        """
        told = _read(item)
        users = self._found(self._search("users", told.user)).users
        named = {"external_id": told.organization}
        organizations = self._found(self._search("organizations", named)).organizations
        if not users or not organizations:
            what = "organization" if users else "user"
            return Outcome(Status.REJECTED, f"Zendesk has no such {what}", 200)
        ids = {"user_id": users[0].id, "organization_id": organizations[0].id}
        body = encode({"organization_membership": ids})
        try:
            response = self.account.send(self.account.post(_MEMBERSHIPS, body))
        except NotTaken as refusal:
            words = refusal.outcome.reason.lower()
            is_there = any(one in words for one in _THERE_ALREADY)
            if refusal.outcome.http_status == 422 and is_there:
                return Outcome(Status.DELIVERED, http_status=422)
            raise
        return Outcome(Status.DELIVERED, http_status=response.status_code)

    def _search(self, kind: str, query: Mapping[str, str]) -> Request:
        return self.account.get(f"/api/v2/{kind}/search?{urlencode(query)}")

    def _found(self, request: Request) -> _Page:
        return read_answer(self.account.send(request), _Page)


def _read(item: Item) -> _Membership:
    return msgspec.json.decode(item.content, type=_Membership)

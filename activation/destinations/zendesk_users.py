"""Zendesk: rows of a model as users.

Source: https://developer.zendesk.com/api-reference/ticketing/users/users/#show-many-users
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec

from activation.destinations.delivery import Item
from activation.destinations.exchange import Request, read_answer
from activation.destinations.mapping import find
from activation.destinations.outcome import Outcome
from activation.destinations.presence import (
    CREATE,
    UPDATE,
    asked_by,
    create_absent,
    update_present,
)
from activation.destinations.zendesk_account import (
    CREATION,
    MOST_USERS,
    USERS,
    Account,
    Sleep,
)
from activation.values import encode, nested, plain
from cdp.errors import Misconfigured, Rejected

_SHOW = "/api/v2/users/show_many"


class _Users(msgspec.Struct, frozen=True):
    users: list[dict[str, Any]] = []


class ZendeskUsers:
    """Rows of a model as users of one account.

    Args:
        settings: As ``KIND`` says.
        object_name: Users are all that it takes.
        external_id_field: ``external_id`` or ``email``.
        client: Where connections are kept.
        sleep: Waits between two looks at a job.

    Raises:
        Misconfigured: Users cannot be matched by this field.
    """

    asked_at_once = asked_by(MOST_USERS)

    def __init__(
        self,
        settings: Mapping[str, Any],
        object_name: str = "users",  # noqa: ARG002 - as the registry calls it
        external_id_field: str = "",
        *,
        client: httpx.Client | None = None,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._key = external_id_field or "external_id"
        if self._key not in {"external_id", "email"}:
            raise Misconfigured(
                f"Zendesk matches no users by {self._key}",
                place="the exposure's config.meta.sync.external_id_field",
                fix="Use external_id or email",
            )
        self._account = Account(settings, client, sleep)
        self.limits = self._account.limits

    def prepare(self, record: Mapping[str, Any]) -> Item:
        """Return a user; dotted field names (``user_fields.tier``) are nested.

        Raises:
            Rejected: It has nothing to be matched by.
        """
        if not record.get(self._key):
            raise Rejected(f"a Zendesk user needs {self._key}")
        fields = {name: plain(value) for name, value in record.items()}
        fields[self._key] = str(fields[self._key])
        return Item(encode({"skip_verify_email": True, **nested(fields)}))

    def prepare_update(self, record: Mapping[str, Any]) -> Item:
        """Return a user who is changed if Zendesk has them.

        Raises:
            Rejected: Zendesk could not be asked for them.
        """
        return self._asked(record, UPDATE)

    def prepare_creation(self, record: Mapping[str, Any]) -> Item:
        """Return a user who is made if Zendesk lacks them.

        Raises:
            Rejected: Zendesk could not be asked for them.
        """
        return self._asked(record, CREATE)

    def _asked(self, record: Mapping[str, Any], lane: str) -> Item:
        item = self.prepare(record)
        if "," in str(record[self._key]):  # which separates them in a question
            raise Rejected(f"Zendesk cannot be asked for a {self._key} with a comma")
        return Item(item.content, lane)

    def check_asking(self) -> None:
        """See that users can be asked for.

        Raises:
            Misconfigured: They are matched by their address.
        """
        if self._key != "external_id":
            raise Misconfigured(
                f"Zendesk cannot be asked for many users by {self._key}",
                place="the exposure's config.meta.sync.external_id_field",
                fix="Match by external_id, or use mode upsert",
            )

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request that starts the job for these users."""
        path = CREATION if items[0].lane == CREATE else USERS
        return self._account.users_request(items, path)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt and wait until the job has ended.

        Raises:
            NotTaken: The answer is about the whole batch.
        """
        if items[0].lane not in {UPDATE, CREATE}:
            return self._account.deliver_users(items)
        bodies = [msgspec.json.decode(item.content) for item in items]
        written = [str(body["external_id"]) for body in bodies]
        found, keys = self._find(written), [key.lower() for key in written]
        if items[0].lane == UPDATE:
            return update_present(items, keys, found, self._account.deliver_users)
        return create_absent(items, keys, found, self._create)

    def _create(self, items: Sequence[Item]) -> list[Outcome]:
        return self._account.deliver_users(items, CREATION)

    def _find(self, keys: Sequence[str]) -> dict[str, str]:
        """Return Zendesk's ids of the users that it has, by their external id."""
        return {key: str(user["id"]) for key, user in self._users(keys).items()}

    def _users(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return users by their external id, whose case does not count."""
        query = urlencode({"external_ids": ",".join(dict.fromkeys(keys))})
        response = self._account.send(self._account.get(f"{_SHOW}?{query}"))
        users = read_answer(response, _Users).users
        return {str(user.get("external_id")).lower(): user for user in users}

    def read_fields(
        self, records: Sequence[Mapping[str, Any]], fields: Sequence[str]
    ) -> list[Mapping[str, Any]]:
        """Return what Zendesk has in some fields of users; nothing by their address.

        Raises:
            NotTaken: It did not say.
        """
        keys = [str(record[self._key]) for record in records]
        is_askable = self._key == "external_id"
        asked = [key for key in keys if is_askable and "," not in key]
        found = self._users(asked) if asked else {}
        users = [found.get(key.lower(), {}) for key in keys]
        return [{name: find(user, name) for name in fields} for user in users]

    def close(self) -> None:
        """Close connections."""
        self._account.close()

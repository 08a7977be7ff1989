"""Braze: people, what they do and what they buy, for its messages.

Braze deduplicates nothing: an event that is sent twice counts twice. So a request whose
answer does not say which record was wrong is never divided and sent again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
import msgspec

from activation.destinations.braze_event import ATTRIBUTES, Options, translate
from activation.destinations.braze_instance import DELETE, Instance
from activation.destinations.delivery import Item, Payload
from activation.destinations.exchange import Request
from activation.destinations.outcome import Outcome
from activation.destinations.presence import (
    CREATE,
    UPDATE,
    asked_by,
    create_absent,
    update_present,
)
from activation.values import encode, nested, plain
from cdp.errors import Misconfigured, Rejected
from cdp.workspace_forms import ADDRESS
from cdp.workspace_schema import Kind, Setting

KIND = Kind(
    "braze",
    "People, custom events and purchases of a Braze workspace.",
    (
        Setting(
            "url",
            "REST endpoint of the instance: https://rest.iad-01.braze.com.",
            form=ADDRESS,
        ),
        Setting("api_key", "A REST API key.", is_secret=True),
        Setting("app_id", "The app that events come from.", is_required=False),
        Setting(
            "sends_pages",
            "Whether pages and screens become custom events.",
            default=False,
            kind="boolean",
        ),
        Setting(
            "sends_strangers",
            "Whether people without a user id get a profile, by their anonymous id.",
            default=True,
            kind="boolean",
        ),
        Setting(
            "orders",
            "What the shop's events are: purchases where they complete an order, "
            "recommended e-commerce events, or plain events.",
            default="purchases",
            choices=("purchases", "recommended", "event"),
        ),
        Setting("currency", "Currency of orders that name none.", is_required=False),
    ),
    purpose="messaging",
)
_MATCHED_BY = frozenset({"external_id", "braze_id", "email", "phone"})
_DELETED_BY = {"external_id": "external_ids", "braze_id": "braze_ids"}


class Braze(Instance):
    """One workspace, for events.

    Args:
        settings: As ``KIND`` says.
        client: Where connections are kept.
        clock: Unix seconds; a limit is reset at a moment.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        client: httpx.Client | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(settings, client, clock)
        self._options = Options(
            sends_pages=bool(settings.get("sends_pages")),
            sends_strangers=settings.get("sends_strangers") is not False,
            orders=str(settings.get("orders") or "purchases"),
            currency=str(settings.get("currency") or "").upper(),
            app_id=str(settings.get("app_id") or ""),
        )

    def translate(self, event: Mapping[str, Any]) -> Sequence[Payload]:
        """Return what Braze gets for an event.

        Raises:
            Rejected: Braze could not take it.
        """
        return translate(event, self._options)


class BrazeUsers(Instance):
    """Rows of a model as users of one workspace.

    Args:
        settings: As ``KIND`` says.
        object_name: Users are all that it takes.
        external_id_field: ``external_id``, ``braze_id``, ``email`` or ``phone``.
        client: Where connections are kept.
        clock: Unix seconds; a limit is reset at a moment.

    Raises:
        Misconfigured: Users cannot be matched by this field.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        object_name: str = "users",  # noqa: ARG002 - as the registry calls it
        external_id_field: str = "",
        *,
        client: httpx.Client | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._key = external_id_field or "external_id"
        if self._key not in _MATCHED_BY:
            raise Misconfigured(
                f"Braze matches nobody by {self._key}",
                place="the exposure's config.meta.sync.external_id_field",
                fix=f"Use one of {', '.join(sorted(_MATCHED_BY))}",
            )
        super().__init__(settings, client, clock)
        self.asked_at_once = asked_by(self.limits.records)

    def prepare(self, record: Mapping[str, Any]) -> Item:
        """Return a user's attributes; a null deletes one.

        Raises:
            Rejected: The row has nothing to be matched by.
        """
        fields = {name: plain(value) for name, value in record.items()}
        fields[self._key] = self._key_of(record)
        return Item(encode(nested(fields)), ATTRIBUTES)

    def prepare_update(self, record: Mapping[str, Any]) -> Item:
        """Return the attributes of a user who is changed if Braze has them.

        Raises:
            Rejected: The row has nothing to be matched by.
        """
        fields = {**record, "_update_existing_only": True}
        return Item(self.prepare(fields).content, UPDATE)

    def prepare_creation(self, record: Mapping[str, Any]) -> Item:
        """Return a user who is made if Braze lacks them.

        Raises:
            Rejected: The row has nothing to be matched by.
        """
        return Item(self.prepare(record).content, CREATE)

    def check_asking(self) -> None:
        """See that users can be asked for.

        Raises:
            Misconfigured: They are matched by what Braze takes one of a question.
        """
        if self._key != "external_id":
            raise Misconfigured(
                f"Braze cannot be asked for many users by {self._key}",
                place="the exposure's config.meta.sync.external_id_field",
                fix="Match by external_id, or use mode upsert",
            )

    def prepare_removal(self, record: Mapping[str, Any]) -> Item:
        """Return a user to delete, which cannot be undone.

        Raises:
            Rejected: Users matched by email or telephone may be several.
        """
        if self._key not in _DELETED_BY:
            raise Rejected("Braze deletes users by external_id or braze_id only")
        return Item(encode(self._key_of(record)), DELETE)

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request that updates or deletes these users."""
        if items[0].lane != DELETE:
            return super().request(_as_attributes(items))
        rows = b",".join(item.content for item in items)
        name = _DELETED_BY[self._key].encode()
        return self.post("/users/delete", b'{"' + name + b'":[' + rows + b"]}")

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt; Braze names the records that it did not take.

        Raises:
            NotTaken: The answer is about the whole batch.
        """
        lane = items[0].lane
        if lane not in {UPDATE, CREATE}:
            return super().deliver(items)
        bodies = [msgspec.json.decode(item.content) for item in items]
        keys = [str(body["external_id"]) for body in bodies]
        found = dict.fromkeys(self.known(keys), "")
        write = update_present if lane == UPDATE else create_absent
        return write(items, keys, found, self._send)

    def _send(self, items: Sequence[Item]) -> list[Outcome]:
        return super().deliver(_as_attributes(items))

    def _key_of(self, record: Mapping[str, Any]) -> str:
        value = record.get(self._key)
        if value is None or value == "":
            raise Rejected(f"a user of Braze needs {self._key}")
        return str(plain(value))


def _as_attributes(items: Sequence[Item]) -> list[Item]:
    """Return users of any lane as the attributes that a request carries."""
    return [Item(item.content, ATTRIBUTES) for item in items]

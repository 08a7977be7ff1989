"""Any address of the company's own: events as they are, or rows, posted as JSON.

The receiver can trust them (an HMAC over time and body) and tell one that comes twice
(``Idempotency-Key``). What an event looks like is the connection's mapping; where it
goes is a template.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import msgspec

from activation.destinations.delivery import Item, Payload
from activation.destinations.exchange import Request
from activation.destinations.outcome import Outcome
from activation.destinations.templates import address_template
from activation.destinations.told_key import told_key
from activation.destinations.webhook_post import METHODS, Clock, Post, digest_of
from activation.destinations.webhook_route import Route, Router
from activation.values import encode, plain
from cdp.workspace_forms import ADDRESS_TEMPLATE
from cdp.workspace_schema import Kind, Setting

KIND = Kind(
    "webhook",
    "Any HTTP address: events or rows as JSON, signed.",
    settings=(
        Setting(
            "url",
            "Where to post; {{ userId }} and the like are filled in.",
            form=ADDRESS_TEMPLATE,
        ),
        Setting("method", "HTTP method.", default="POST", choices=METHODS),
        Setting(
            "headers",
            "Headers of every request.",
            is_required=False,
            kind="object",
            each=Setting("*", "A header's value."),
        ),
        Setting(
            "query",
            "Query string of every request.",
            is_required=False,
            kind="object",
            each=Setting("*", "A parameter's value."),
        ),
        Setting(
            "secret",
            "Signs every request; the receiver checks it with the same secret.",
            is_secret=True,
            is_required=False,
        ),
        Setting(
            "batch_size",
            "Events in one request: 1 posts an object, more post an array.",
            default=1,
            kind="number",
        ),
        Setting(
            "requests_per_second",
            "The rate that the receiver can take.",
            is_required=False,
            kind="number",
        ),
        Setting(
            "allow_private",
            "Whether the address may be in the company's own network.",
            default=False,
            kind="boolean",
        ),
        Setting(
            "routed_by_event",
            "Whether fullPath, appendPath and header of an event are followed.",
            default=False,
            kind="boolean",
        ),
    ),
    purpose="storage",
)


class _Key(msgspec.Struct, frozen=True, rename="camel"):
    message_id: str = ""


_key_of = msgspec.json.Decoder(_Key).decode


class Webhook:
    """One address for events.

    Args:
        settings: As ``KIND`` says.
        client: Where connections are kept.
        clock: Seconds of the Unix epoch, for the signature.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        client: httpx.Client | None = None,
        *,
        clock: Clock | None = None,
    ) -> None:
        self._post = Post(settings, client, clock)
        self._router = Router(
            address_template(str(settings["url"]), "webhook.url"),
            is_routed_by_event=bool(settings.get("routed_by_event")),
        )
        self.limits = self._post.limits

    def translate(self, event: Mapping[str, Any]) -> Sequence[Payload]:
        """Return the event as it is, in the lane of its address.

        Raises:
            Rejected: The address needs a value that the event lacks.
        """
        body, route = self._router.route(event)
        return (Payload(body, route.lane()),)

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request that carries these events, not yet signed."""
        key = _key_of(items[0].content).message_id
        if len(items) > 1 or not key:
            key = digest_of(items)
        return self._post.request(items, key)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt; whatever 2xx is answered means taken.

        Raises:
            NotTaken: The answer is not 2xx.
        """
        return self._post.send(self.request(items), len(items))

    def close(self) -> None:
        """Close connections."""
        self._post.close()


class WebhookRecords:
    """One address for rows.

    Args:
        settings: As ``KIND`` says.
        object_name: Told with each row, as ``object``.
        external_id_field: The field that tells rows apart, told as ``key``; without it
            the sync's own key is.
        client: Where connections are kept.
        clock: Seconds of the Unix epoch, for the signature.
    """

    is_told_key = True

    def __init__(
        self,
        settings: Mapping[str, Any],
        object_name: str = "",
        external_id_field: str = "",
        *,
        client: httpx.Client | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._post = Post(settings, client, clock)
        self._url = address_template(str(settings["url"]), "webhook.url")
        self._object_name = object_name
        self._key_field = external_id_field
        self.limits = self._post.limits

    def prepare(self, record: Mapping[str, Any], key: str | None = None) -> Item:
        """Return a row that is new or changed.

        Raises:
            Rejected: The address needs a value that the row lacks.
        """
        return self._item("upsert", record, key)

    def prepare_removal(
        self, record: Mapping[str, Any], key: str | None = None
    ) -> Item:
        """Return a row that has left the model.

        Raises:
            Rejected: The address needs a value that the row lacks.
        """
        return self._item("delete", record, key)

    def _item(self, action: str, record: Mapping[str, Any], key: str | None) -> Item:
        fields = {name: plain(value) for name, value in record.items()}
        body = {"action": action, "object": self._object_name}
        body |= told_key(self._key_field, fields, key)
        route = Route(self._url.fill(fields))
        return Item(encode({**body, "record": fields}), route.lane())

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request that carries these rows, not yet signed."""
        return self._post.request(items, digest_of(items))

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt; whatever 2xx is answered means taken.

        Raises:
            NotTaken: The answer is not 2xx.
        """
        return self._post.send(self.request(items), len(items))

    def close(self) -> None:
        """Close connections."""
        self._post.close()

"""Customer.io: people, what they do, their devices, and the objects they belong to.

The batch of Track API v2 takes operations of all kinds in one request and answers for
each; v1 takes one a request, which a shop's traffic would soon outgrow.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import msgspec

from activation.destinations.customerio_operation import (
    attributes_of,
    device,
    group,
    identify,
    merge,
    occurrence,
)
from activation.destinations.delivery import Item, Limits, Payload
from activation.destinations.exchange import Request, exchange, judge, open_client
from activation.destinations.mapping import find, text
from activation.destinations.outcome import (
    NotTaken,
    Outcome,
    Status,
    without_personal,
)
from activation.values import encode, nested, plain
from cdp.errors import Misconfigured, Rejected
from cdp.workspace_schema import Kind, Setting

KIND = Kind(
    "customerio",
    "People, events, devices and objects of a Customer.io workspace.",
    (
        Setting("site_id", "Site ID of the workspace's Track API."),
        Setting("api_key", "Its API key.", is_secret=True),
        Setting("object_type", "Type of object that a group is.", default="1"),
        Setting(
            "device_events",
            "Further events that tell a device's token.",
            is_required=False,
            kind="list",
        ),
    ),
    purpose="messaging",
    url_default="https://track.customer.io",
)
# the vendor takes less than 500 KB a request; the envelope needs some of it
_LIMITS = Limits(records=1000, bytes=490_000)


class _Error(msgspec.Struct, frozen=True):
    batch_index: int | None = None
    reason: str = ""
    field: str = ""
    message: str = ""


class _Verdict(msgspec.Struct, frozen=True):
    errors: list[_Error] = []


class _Workspace:
    """The batch endpoint of one workspace."""

    limits = _LIMITS

    def __init__(
        self, settings: Mapping[str, Any], client: httpx.Client | None
    ) -> None:
        self._client = client or open_client()
        url = str(settings.get("url") or KIND.url_default).rstrip("/")
        self._url = url + "/api/v2/batch"
        account = f"{settings['site_id']}:{settings['api_key']}"
        self._headers = {
            "Authorization": f"Basic {b64encode(account.encode()).decode()}",
            "Content-Type": "application/json",
        }

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request that carries these operations."""
        body = b'{"batch":[' + b",".join(item.content for item in items) + b"]}"
        return Request("POST", self._url, self._headers, body)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt; the vendor names each operation that it refused.

        Raises:
            NotTaken: The answer is about the whole batch.
        """
        response = exchange(self._client, self.request(items), readable={400})
        try:
            errors = msgspec.json.decode(response.content, type=_Verdict).errors
        except msgspec.DecodeError:
            errors = []
        code = response.status_code
        if not response.is_success and not any(
            error.batch_index is not None for error in errors
        ):
            raise NotTaken(judge(response, _words(errors[0]) if errors else ""))
        outcomes = [Outcome(Status.DELIVERED, http_status=code)] * len(items)
        for error in errors:
            outcome = Outcome(Status.REJECTED, _words(error), code)
            index = -1 if error.batch_index is None else error.batch_index
            if not 0 <= index < len(items):
                # one of them, but it is not said which: smaller batches tell
                raise NotTaken(outcome)
            outcomes[index] = outcome
        return outcomes

    def close(self) -> None:
        """Close connections."""
        self._client.close()


class CustomerIo(_Workspace):
    """One workspace, for events.

    Args:
        settings: As ``KIND`` says.
        client: Where connections are kept.
    """

    def __init__(
        self, settings: Mapping[str, Any], client: httpx.Client | None = None
    ) -> None:
        super().__init__(settings, client)
        self._object_type = str(settings.get("object_type") or "1")
        names = settings.get("device_events") or ()
        self._device_events = frozenset(_snake(str(name)) for name in names)

    def translate(self, event: Mapping[str, Any]) -> Sequence[Payload]:
        """Return the operation that an event is; nothing where there is none for it.

        Raises:
            Rejected: Nobody is named, or an id is missing.
        """
        operation = self._operation_of(event)
        return () if operation is None else (Payload(operation),)

    def _operation_of(self, event: Mapping[str, Any]) -> dict[str, Any] | None:
        match event.get("type"):
            case "identify":
                return identify(event)
            case "track":
                name = str(event.get("event") or "")
                told = device(event, _snake(name), self._device_events)
                return told or occurrence(event, name, "event")
            case "page" | "screen" as kind:
                return occurrence(event, _name_of(event), kind)
            case "group":
                return group(event, self._object_type)
            case "alias":
                return merge(event)
        return None


class CustomerIoPeople(_Workspace):
    """Rows of a model as people of one workspace.

    Args:
        settings: As ``KIND`` says.
        object_name: People are all that it takes.
        external_id_field: ``id``, ``email`` or ``cio_id``.
        client: Where connections are kept.

    Raises:
        Misconfigured: People cannot be matched by this field.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        object_name: str = "people",  # noqa: ARG002 - as the registry calls it
        external_id_field: str = "",
        *,
        client: httpx.Client | None = None,
    ) -> None:
        self._key = external_id_field or "id"
        if self._key not in {"id", "email", "cio_id"}:
            raise Misconfigured(
                f"Customer.io matches nobody by {self._key}",
                place="the exposure's config.meta.sync.external_id_field",
                fix="Use id, email or cio_id",
            )
        super().__init__(settings, client)

    def prepare(self, record: Mapping[str, Any]) -> Item:
        """Return a person with the row's attributes.

        Raises:
            Rejected: The row has nothing to be matched by.
        """
        told = {name: plain(value) for name, value in record.items()}
        operation = self._person(told, "identify")
        del told[self._key]
        return Item(encode(operation | {"attributes": attributes_of(nested(told))}))

    def prepare_removal(self, record: Mapping[str, Any]) -> Item:
        """Return the operation that deletes a person.

        Raises:
            Rejected: The row has nothing to be matched by.
        """
        return Item(encode(self._person(record, "delete")))

    def _person(self, record: Mapping[str, Any], action: str) -> dict[str, Any]:
        key = text(plain(record.get(self._key)))
        if not key:
            raise Rejected(f"a person of Customer.io needs {self._key}")
        return {"type": "person", "action": action, "identifiers": {self._key: key}}


def _name_of(event: Mapping[str, Any]) -> str:
    """Return what a page or screen is called; the vendor needs a name."""
    for path in ("name", "event", "properties.url", "properties.path"):
        if name := text(find(event, path)):
            return name
    return "page" if event.get("type") == "page" else "screen"


def _snake(name: str) -> str:
    return "_".join(name.lower().replace("-", " ").split())


def _words(error: _Error) -> str:
    return without_personal(f"{error.field}: {error.message or error.reason}")

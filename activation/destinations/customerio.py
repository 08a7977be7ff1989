"""Customer.io: people, what they do, their devices, and the objects they belong to.

The batch of Track API v2 takes operations of all kinds in one request and answers for
each; v1 takes one a request, which a shop's traffic would soon outgrow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from activation.destinations.customerio_operation import (
    device,
    group,
    identify,
    merge,
    occurrence,
)
from activation.destinations.customerio_people import CustomerIoPeople
from activation.destinations.customerio_workspace import KIND, Workspace
from activation.destinations.delivery import Payload
from activation.destinations.mapping import find, text

__all__ = ["KIND", "CustomerIo", "CustomerIoPeople"]


class CustomerIo(Workspace):
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


def _name_of(event: Mapping[str, Any]) -> str:
    """Return what a page or screen is called; the vendor needs a name."""
    for path in ("name", "event", "properties.url", "properties.path"):
        if name := text(find(event, path)):
            return name
    return "page" if event.get("type") == "page" else "screen"


def _snake(name: str) -> str:
    return "_".join(name.lower().replace("-", " ").split())

"""A live connection: which events go to which destination, as they do.

Read from ``connections`` in ``headwater.yml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from activation.destinations.delivery import Item
from activation.destinations.outcome import Outcome, Status
from activation.destinations.registry import EventDestination, open_for_events
from activation.transform import Transform, find_transformations, transformed
from cdp.errors import Misconfigured, Rejected
from cdp.settings import WORKSPACE_FILE, Settings

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_NOT_ASKED_FOR = Outcome(Status.FILTERED, "switched off by the event's integrations")
_NO_SUCH_EVENT = Outcome(Status.FILTERED, "the destination has no such event")
_KEPT_BACK = Outcome(Status.FILTERED, "kept back by a transformation")


@dataclass(frozen=True, slots=True)
class Prepared:
    """An event of this connection, ready to be sent or already decided.

    Attributes:
        message_id: The event's own id.
        event: Its name, or its type where it has none.
        item: The event encoded for the destination; None where it is not sent.
        outcome: What became of an event that is not sent.
    """

    message_id: str
    event: str
    item: Item | None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection.

    Attributes:
        name: Its key in ``headwater.yml``.
        sources: Events of these sources go to the destination.
        destination_name: Key of the destination.
        destination: The tool.
        transformations: What happens to events on the way, by name.
    """

    name: str
    sources: frozenset[str]
    destination_name: str
    destination: EventDestination
    transformations: tuple[tuple[str, Transform], ...] = ()

    def prepare(self, line: bytes) -> Prepared | None:
        """Return a line of the log as it will be sent; None where it is not ours."""
        event = _decode(line)
        if event.get("sourceId") not in self.sources:
            return None
        message_id = str(event.get("messageId") or "")
        name = str(event.get("event") or event.get("type") or "")
        try:
            item, outcome = self._decide(event)
        except Rejected as error:
            item, outcome = None, Outcome(Status.REJECTED, error.message, attempt=0)
        return Prepared(message_id, name, item, outcome)

    def _decide(self, event: dict[str, Any]) -> tuple[Item | None, Outcome | None]:
        if not _is_wanted(event.get("integrations"), self.destination_name):
            return None, _NOT_ASKED_FOR
        seen = transformed(event, self.transformations)
        if seen is None:
            return None, _KEPT_BACK
        payloads = self.destination.translate(seen)
        item = payloads[0].encoded() if payloads else None
        return item, None if item else _NO_SUCH_EVENT


def _is_wanted(integrations: object, destination: str) -> bool:
    """Read the spec's ``integrations``: by name, or ``All``, which defaults to yes."""
    if not isinstance(integrations, Mapping):
        return True
    for name, wanted in integrations.items():
        if str(name).lower() == destination.lower():
            return wanted is not False
    return integrations.get("All", integrations.get("all")) is not False


def open_connections(
    settings: Settings, names: list[str] | None = None
) -> list[Connection]:
    """Return the workspace's connections, or the named ones.

    Raises:
        Misconfigured: One of them is not complete, or there is no such connection.
    """
    known = settings.names("connections")
    unknown = [name for name in names or [] if name not in known]
    if unknown:
        raise Misconfigured(
            f"there is no connection {unknown[0]!r}",
            place=f"{WORKSPACE_FILE}: connections",
            fix=f"Use one of {', '.join(known)}" if known else "Add one",
        )
    return [_open(settings, name) for name in names or known]


def _open(settings: Settings, name: str) -> Connection:
    place = f"{WORKSPACE_FILE}: connections.{name}"
    section = settings.section(f"connections.{name}")
    sources = section.get("sources")
    if not isinstance(sources, list) or not isinstance(section.get("destination"), str):
        raise Misconfigured(
            "a connection has sources (a list) and a destination (a name)", place=place
        )
    destination_name = section["destination"]
    transformations = find_transformations(
        section.get("transformations") or [], f"{place}.transformations"
    )
    destination = open_for_events(settings, destination_name)
    return Connection(
        name, frozenset(sources), destination_name, destination, transformations
    )

"""Any other tool: what its events are is declared in ``headwater.yml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cdp.errors import Misconfigured
from ingestion.webhooks.arrived import (
    Arrived,
    Who,
    digest,
    find,
    spec_event,
    taken,
    text_of,
    unix,
)

_MILLISECONDS_FROM = 10**11


@dataclass(frozen=True, slots=True)
class Mapped:
    """A declared mapping; every path is dotted, from one item of the body.

    Attributes:
        source: The source's name, which its events are marked with.
        event: Path of the type, or the name itself where nothing stands there.
        event_names: Ours by theirs; a type that is not in it is set apart.
        split: Path of the list of items; the body itself where it is empty.
        message_id: Path of the id; a digest of the item where it is empty.
        user_id: Path of our login.
        customer_id: Path of their own id of the person.
        email: Path of the address.
        timestamp: Path of the time: ISO 8601, seconds or milliseconds.
        properties: Path by our name.
    """

    source: str
    event: str
    event_names: Mapping[str, str] = field(default_factory=dict)
    split: str = ""
    message_id: str = ""
    user_id: str = ""
    customer_id: str = ""
    email: str = ""
    timestamp: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)

    def events_of(self, body: Any, headers: Mapping[str, str]) -> list[Arrived]:
        """Return the events of a body, in its order."""
        del headers
        items = find(body, self.split) if self.split else body
        return [
            self._arrived(item)
            for item in (items if isinstance(items, list) else [items])
        ]

    def _arrived(self, item: Any) -> Arrived:
        written = text_of(find(item, self.event)) or self.event
        name = self.event_names.get(written) if self.event_names else written
        if name is None or not isinstance(item, Mapping):
            return Arrived(written, None, item)
        own_id = text_of(self._at(item, self.message_id))
        event = spec_event(
            self.source,
            own_id or digest(item),
            name,
            Who(
                text_of(self._at(item, self.user_id)),
                text_of(self._at(item, self.customer_id)),
                text_of(self._at(item, self.email)),
            ),
            properties=taken(item, self.properties) if self.properties else item,
            timestamp=_time(self._at(item, self.timestamp)),
        )
        return Arrived(written, event, item)

    @staticmethod
    def _at(item: Any, path: str) -> Any:
        return find(item, path) if path else None


def _time(value: Any) -> str | None:
    if isinstance(value, int | float):
        return unix(value, 1000 if value >= _MILLISECONDS_FROM else 1)
    return text_of(value)


def read_mapping(source: str, section: Mapping[str, Any], place: str) -> Mapped:
    """Read the mapping of a generic source.

    Raises:
        Misconfigured: It says not which events come.
    """
    if not section.get("event"):
        raise Misconfigured(
            "a generic webhook says which event comes",
            place=f"{place}.event",
            fix="Write the event's name, or the path of their type with event_names",
        )
    texts = ("split", "message_id", "user_id", "customer_id", "email", "timestamp")
    return Mapped(
        source,
        str(section["event"]),
        dict(section.get("event_names") or {}),
        properties=dict(section.get("properties") or {}),
        **{name: str(section.get(name) or "") for name in texts},
    )

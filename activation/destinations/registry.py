"""Which module speaks to which kind of tool."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from activation.destinations.delivery import Destination, Item
from activation.destinations.klaviyo import Klaviyo
from activation.destinations.mixpanel import Mixpanel
from activation.destinations.salesforce import Salesforce
from cdp.errors import Misconfigured
from cdp.settings import WORKSPACE_FILE, Settings


class RecordDestination(Destination, Protocol):
    """A tool that takes rows of the warehouse."""

    def prepare(self, record: Mapping[str, Any]) -> Item:
        """Return a row, by destination field, encoded for the tool.

        Raises:
            Rejected: The tool could not take such a row.
        """
        ...


class EventDestination(Destination, Protocol):
    """A tool that takes events."""

    def prepare(self, event: Mapping[str, Any]) -> Item | None:
        """Return an event encoded for the tool; None where it has no such event.

        Raises:
            Rejected: The tool could not take such an event.
        """
        ...


_Section = Mapping[str, Any]
_RECORDS: dict[str, Callable[[_Section, str, str], RecordDestination]] = {
    "salesforce": Salesforce,
    "klaviyo": lambda section, *_: Klaviyo(section),
}
_EVENTS: dict[str, Callable[[_Section], EventDestination]] = {"mixpanel": Mixpanel}


def open_for_records(
    settings: Settings, name: str, object_name: str, external_id_field: str
) -> RecordDestination:
    """Return the destination of a sync.

    Args:
        settings: The workspace.
        name: A key of ``destinations`` in ``headwater.yml``.
        object_name: Which of the tool's objects.
        external_id_field: The field that records are matched by, where the tool asks.

    Raises:
        Misconfigured: There is no such destination, or it takes no records.
    """
    section, kind = _section_of(settings, name, _RECORDS)
    return _RECORDS[kind](section, object_name, external_id_field)


def open_for_events(settings: Settings, name: str) -> EventDestination:
    """Return the destination of a live connection.

    Raises:
        Misconfigured: There is no such destination, or it takes no events.
    """
    section, kind = _section_of(settings, name, _EVENTS)
    return _EVENTS[kind](section)


def _section_of(
    settings: Settings, name: str, known: Mapping[str, object]
) -> tuple[dict[str, Any], str]:
    section = settings.section(f"destinations.{name}")
    kind = str(section.get("kind", name))
    if kind not in known:
        raise Misconfigured(
            f"{kind!r} cannot be used here",
            place=f"{WORKSPACE_FILE}: destinations.{name}.kind",
            fix=f"Use one of {', '.join(known)}",
        )
    return section, kind

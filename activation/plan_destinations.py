"""What each connection would make of each planned event: its name there, or why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from activation.connection import Connection
from activation.connections import open_connections
from activation.consent import ConsentRule
from cdp.errors import Misconfigured
from cdp.plan_example import example_event
from cdp.plan_files import Document
from cdp.settings import Settings

# Where vendors' payloads hold the name of an event; the first that is there counts.
_NAME_KEYS = ("event_name", "eventName", "event_type", "event", "name", "type")
_DEPTH = 5


@dataclass(frozen=True, slots=True)
class Mapped:
    """One event at one connection.

    Attributes:
        connection: Its name.
        event: The plan's name.
        names: What it is called there; empty where it is not sent.
        reason: Why it is not sent; empty where it is.
    """

    connection: str
    event: str
    names: tuple[str, ...] = ()
    reason: str = ""


def mapped(settings: Settings, documents: Mapping[str, Document]) -> list[Mapped]:
    """Ask every connection about an example of every planned event.

    Everybody is taken to have agreed; a connection that is not complete sends nothing.

    Args:
        settings: The workspace.
        documents: Files of the plan by name, as ``cdp.plan_files`` reads them.
    """
    found = []
    examples = {name: example_event(name, each) for name, each in documents.items()}
    for name in settings.names("connections"):
        try:
            [connection] = open_connections(settings, [name])
        except Misconfigured as error:
            why = f"not set up: {error.message}"
            found += [Mapped(name, event, reason=why) for event in examples]
            continue
        try:
            found += _of_connection(connection, examples)
        finally:
            connection.destination.close()
    return found


def _of_connection(
    connection: Connection, examples: Mapping[str, dict[str, Any]]
) -> Iterator[Mapped]:
    asked = replace(connection, consent=ConsentRule())
    for name, example in examples.items():
        decision = asked.decide(example)
        if decision.outcome is not None:
            reason = decision.outcome.reason
            yield Mapped(connection.name, name, reason=reason)
        else:
            names = [name_in(each.body) or each.lane for each in decision.payloads]
            yield Mapped(connection.name, name, tuple(dict.fromkeys(names)))


def name_in(body: Any) -> str:
    """Return the name of an event in a tool's own document; empty where none is."""
    level = [body]
    for _ in range(_DEPTH):
        for key in _NAME_KEYS:
            for part in level:
                value = part.get(key) if isinstance(part, Mapping) else None
                if isinstance(value, str) and value:
                    return value
        level = [inner for part in level for inner in _parts(part)]
    return ""


def _parts(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, list) else []

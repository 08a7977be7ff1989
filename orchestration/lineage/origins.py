"""What the places are called where values come in: event properties and API fields."""

from __future__ import annotations

from orchestration.lineage.place import EVENTS, ROWS, Place
from orchestration.lineage.project import Project

EVENT_NAMES = {"event", "type", "name"}
"""Columns of the events table that say which event it is."""
_BY_TYPE = {"page", "screen", "identify", "group", "alias", "merge"}
_CONTENT = {"properties", "traits", "context"}


def events_of(place: Place) -> tuple[str, ...]:
    """Return the events that a place of the events table is read from; empty: any."""
    if place.events:
        return place.events
    among = dict(place.among)
    if "event" in among:
        return among["event"]
    types = among.get("type", ())
    if types and set(types) <= _BY_TYPE:
        return types
    return ("identify",) if place.column == "traits" else ()


def origin_names(place: Place) -> tuple[str, ...]:
    """Return what an origin is called; one name for each event that it may be of."""
    if place.table != EVENTS:
        return (place.name.removesuffix(f".{ROWS}"),)
    tail = "" if place.column == ROWS else f".{place.column}"
    if place.path:
        tail += f".{place.path}"
    return tuple(f"events.{event}{tail}" for event in events_of(place) or (ROWS,))


def is_origin(place: Place, project: Project) -> bool:
    """Whether values come in here: a loaded table, a seed, another database."""
    table = project.tables.get(place.table)
    if table is None:
        return place.table.startswith("postgres.")
    return table.kind != "model" and not table.made_from


def is_content(place: Place) -> bool:
    """Whether an origin is a whole document of an event, not one of its properties."""
    return place.table == EVENTS and place.column in _CONTENT and not place.path

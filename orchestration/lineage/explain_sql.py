"""SQL of the rows behind a value."""

from __future__ import annotations

from typing import Any

from cdp.quoting import literal, quoted
from orchestration.lineage.origins import events_of
from orchestration.lineage.place import EVENTS, Place


def shown_name(place: Place) -> str:
    """Return the heading of a place's values."""
    return f"{place.column} {place.path}" if place.path else place.column


def group_of(place: Place) -> tuple[Any, ...]:
    """Return what tells one kind of rows of a table from another."""
    inside = place.column if place.path else ""
    return place.table, place.among, events_of(place), inside


def said(place: Place) -> str:
    """Return which kind of rows it is, in words."""
    said = [f"{name} is {' or '.join(values)}" for name, values in place.among]
    if place.table == EVENTS and not said:
        said = [f"event is {' or '.join(events_of(place))}"] if events_of(place) else []
    return ", ".join(said)


def sql_of(place: Place) -> str:
    """Return a place as SQL."""
    if not place.path:
        return quoted(place.column)
    joint = "" if place.path.startswith("[") else "."  # a list may be all there is
    path = literal(f"${joint}{place.path.replace('[]', '[*]')}")
    return f"json_extract_string({quoted(place.column)}, {path})"


def conditions(query: str, first: Place, places: list[Place]) -> str:
    """Return a query's rows that are of the kind that is asked for."""
    found = [
        f"{quoted(name)} in ({', '.join(literal(value) for value in values)})"
        for name, values in first.among
    ]
    if first.table == EVENTS and events_of(first):
        names = ", ".join(literal(name) for name in events_of(first))
        found.append(f"(event in ({names}) or type in ({names}))")
    inside = [f"{sql_of(place)} is not null" for place in places if place.path]
    if inside:
        found.append(f"({' or '.join(inside)})")
    if not found:
        return query
    return f"select * from ({query}) where {' and '.join(found)}"  # noqa: S608

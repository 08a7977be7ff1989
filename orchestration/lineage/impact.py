"""On from a place to all that is made of it, to the fields of destinations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from orchestration.lineage.fields import KEY
from orchestration.lineage.graph import reach, reversed_steps
from orchestration.lineage.lineage import Lineage
from orchestration.lineage.origins import origin_names
from orchestration.lineage.place import ROWS, Place, Step

Readers = Mapping[Place, Iterable[tuple[Place, Step]]]
"""By place, the places that are made of it, and how."""


class ReachedField(msgspec.Struct, frozen=True, order=True):
    """A destination's field that is reached.

    Attributes:
        name: The field.
        by: The sync or connection that fills it.
        way: The columns on a shortest way, from what was asked for.
    """

    name: str
    by: str
    way: tuple[str, ...]


class Impact(msgspec.Struct, frozen=True):
    """What is made of a place.

    Attributes:
        asked: What was asked for.
        fields: Fields of destinations.
        records: Objects of destinations of which it helps to choose the records, such
            as who is in an audience.
        columns: Columns by table, in the order of the build.
        chooses: Tables whose rows it helps to choose (joins, filters, groups), beyond
            the columns.
    """

    asked: str
    fields: tuple[ReachedField, ...]
    records: tuple[ReachedField, ...]
    columns: dict[str, tuple[str, ...]]
    chooses: tuple[str, ...]


def impact_of(lineage: Lineage, asked: str, places: Iterable[Place]) -> Impact:
    """Return all that is made of some places.

    Args:
        lineage: The workspace's.
        asked: What they are called.
        places: The places.
    """
    backwards = reversed_steps(lineage.graph.steps)
    values = {
        origin: [place for place, step in each if step.how != "filter"]
        for origin, each in backwards.items()
    }
    starts = list(places)
    found = reach(starts, values)
    fields = [
        ReachedField(each.place.name, each.by, _way(found, each.place))
        for each in lineage.fields
        if each.place in found
    ]
    chosen = _chosen(backwards, found)
    tables = {place.table for place in chosen}
    return Impact(
        asked,
        tuple(sorted(set(fields))),
        records_of(lineage, backwards, found),
        _columns(lineage, set(found) - set(starts)),
        tuple(name for name in lineage.columns if name in tables),
    )


def records_of(
    lineage: Lineage, backwards: Readers, found: Mapping[Place, Place | None]
) -> tuple[ReachedField, ...]:
    """Return the objects of syncs whose records are chosen by what is reached.

    Args:
        lineage: The workspace's.
        backwards: By place, the places that are made of it.
        found: What is reached, each with the place that it was reached from.
    """
    chosen = _chosen(backwards, found)
    rows = dict.fromkeys([*(one for one in found if one.column == ROWS), *chosen])
    reached = _records(lineage, backwards, {**found, **chosen}, rows)
    return tuple(sorted(set(reached)))


def _chosen(backwards: Readers, found: Iterable[Place]) -> dict[Place, Place]:
    """Return the rows that places help to choose, each with one such place."""
    return {
        place: origin
        for origin in found
        for place, step in backwards.get(origin, ())
        if step.how == "filter"
    }


def _records(
    lineage: Lineage,
    backwards: Readers,
    found: dict[Place, Place | None],
    chosen: Iterable[Place],
) -> Iterator[ReachedField]:
    """Yield the objects of syncs whose rows come from rows that are chosen."""
    queue = list(chosen)
    for place in queue:
        for reader, step in backwards.get(place, ()):
            if reader.column == ROWS and step.how != "filter" and reader not in found:
                found[reader] = place
                queue.append(reader)
    rows = {place.table: place for place in reversed(queue)}
    for each in lineage.fields:
        for step in lineage.graph.steps[each.place] if each.rule == "key" else ():
            if step.origin.table in rows:
                name = each.place.name.removesuffix(f".{KEY}")
                way = _way(found, rows[step.origin.table])
                yield ReachedField(name, each.by, way)


def _columns(lineage: Lineage, found: Iterable[Place]) -> dict[str, tuple[str, ...]]:
    reached: dict[str, set[str]] = {}
    for place in found:
        if place.column != ROWS and not place.is_field and not place.path:
            reached.setdefault(place.table, set()).add(place.column)
    return {
        table: tuple(each for each in columns if each in reached[table])
        for table, columns in lineage.columns.items()
        if table in reached
    }


def _way(found: dict[Place, Place | None], place: Place) -> tuple[str, ...]:
    names: list[str] = []
    at: Place | None = place
    while at is not None:
        name = ", ".join(origin_names(at))
        if not names or names[-1] != name:
            names.append(name)
        at = found[at]
    return tuple(reversed(names))

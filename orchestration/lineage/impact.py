"""On from a place to all that is made of it, to the fields of destinations."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from orchestration.lineage.graph import reach, reversed_steps
from orchestration.lineage.lineage import Lineage
from orchestration.lineage.origins import origin_names
from orchestration.lineage.place import ROWS, Place


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
        columns: Columns by table, in the order of the build.
        chooses: Tables whose rows it helps to choose (joins, filters, groups), beyond
            the columns.
    """

    asked: str
    fields: tuple[ReachedField, ...]
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
    chosen = {
        place.table
        for origin in found
        for place, step in backwards.get(origin, ())
        if step.how == "filter"
    }
    order = list(lineage.columns)
    return Impact(
        asked,
        tuple(sorted(set(fields))),
        _columns(lineage, set(found) - set(starts)),
        tuple(name for name in order if name in chosen),
    )


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

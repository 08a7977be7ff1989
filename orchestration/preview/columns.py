"""Which columns and fields a change of some models can reach."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from orchestration.lineage.graph import reach, reversed_steps
from orchestration.lineage.impact import records_of
from orchestration.lineage.lineage import Lineage
from orchestration.lineage.place import ROWS, Place


def changed_columns(before: Lineage, after: Lineage, model: str) -> tuple[str, ...]:
    """Return the columns of a model that are new, gone, or made in another way.

    A change of joins, filters or groups can change any row: then it is ``*``.
    """
    names = dict.fromkeys(
        (*before.columns.get(model, ()), *after.columns.get(model, ()))
    )
    return tuple(
        name
        for name in (*names, ROWS)
        if _made(before, Place(model, name)) != _made(after, Place(model, name))
    )


def new_and_gone(
    before: Lineage, after: Lineage
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Return the columns that are new, and those that are gone, by table.

    Of a table that is itself new or gone none is named: its name says it.
    """
    new, gone = {}, {}
    for table, columns in after.columns.items():
        known = before.columns.get(table, ())
        if known and columns:
            new[table] = tuple(name for name in columns if name not in known)
            gone[table] = tuple(name for name in known if name not in columns)
    return (
        {table: names for table, names in new.items() if names},
        {table: names for table, names in gone.items() if names},
    )


def _made(lineage: Lineage, place: Place) -> object:
    if place.column not in (*lineage.columns.get(place.table, ()), ROWS):
        return None
    return {
        (step.origin, step.how, step.sql) for step in lineage.graph.steps.get(place, ())
    }


class Reached(msgspec.Struct, frozen=True):
    """What changes of columns reach.

    Attributes:
        columns: By table; ``*`` stands for which rows there are.
        fields: Fields of destinations.
        records: Objects of destinations of which it helps to choose the records, such
            as who is in an audience.
    """

    columns: dict[str, tuple[str, ...]]
    fields: tuple[str, ...]
    records: tuple[str, ...]


def reached_columns(after: Lineage, changed: Iterable[Place]) -> Reached:
    """Return what changes of some columns reach."""
    readers = reversed_steps(after.graph.steps)
    backwards = {
        origin: [place for place, step in each if step.how != "filter"]
        for origin, each in readers.items()
    }
    starts = set(changed)
    places = [
        place
        for place in after.graph.steps
        if Place(place.table, place.column) in starts
    ]
    found = reach(places, backwards)
    columns: dict[str, dict[str, None]] = {}
    for place in found:
        if not place.is_field and place.column != ROWS and not place.path:
            columns.setdefault(place.table, {})[place.column] = None
        for reader, step in readers.get(place, ()):
            if step.how == "filter":
                columns.setdefault(reader.table, {})[ROWS] = None
    fields = dict.fromkeys(
        field.place.name
        for field in after.fields
        if field.place in found and field.rule != "live"
    )
    records = dict.fromkeys(one.name for one in records_of(after, readers, found))
    return Reached(_ordered(after, columns), tuple(fields), tuple(records))


def _ordered(
    after: Lineage, columns: dict[str, dict[str, None]]
) -> dict[str, tuple[str, ...]]:
    """Return columns by table in the order of the build."""
    return {
        table: tuple(
            name for name in (*after.columns[table], ROWS) if name in columns[table]
        )
        for table in after.columns
        if table in columns
    }

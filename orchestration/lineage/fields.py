"""Fields of destinations that syncs fill, and the columns they are filled from."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from activation.exposures import Sync
from activation.syncs.mapping import FieldMapping, FieldRule
from orchestration.lineage.place import TO, Place, Step

KEY = "(key)"
"""The field that says which record it is."""
QUERY = "query of "
"""Before a sync's name: its own query among the tables."""


class Field(msgspec.Struct, frozen=True):
    """One field of a destination.

    Attributes:
        place: Where it is.
        by: The sync or the connection that fills it.
        rule: column, constant, template, lookup, key; live for a connection.
        said: What the mapping says, for people.
        column: The model's column where it is one.
    """

    place: Place
    by: str
    rule: str
    said: str = ""
    column: str = ""


def object_of(sync: Sync) -> str:
    """Return what a sync writes, such as ``to:klaviyo.profiles``.

    An object that is a number, or is not set yet, is called as its sync: nobody knows
    an audience by its number.
    """
    name = sync.meta.object.lower()
    if not any(letter.isalpha() for letter in name):
        return f"{TO}{sync.meta.destination}.{sync.name}"
    if not name.endswith("s") and "__" not in name:
        name = f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"
    return f"{TO}{sync.meta.destination}.{name}"


def query_name(sync: Sync) -> str:
    """Return what a sync's own query is called among the tables."""
    return f"{QUERY}{sync.name}"


def fields_of(
    syncs: list[Sync], tables: dict[tuple[str, str], str]
) -> Iterator[tuple[Field, tuple[Step, ...]]]:
    """Yield each field of each sync with what it is made of.

    Args:
        syncs: All syncs.
        tables: Names of dbt's tables by schema and alias.
    """
    by_name = {sync.name: sync for sync in syncs}
    for sync in syncs:
        table = _rows_of(sync, tables)
        key = Field(_place(sync, KEY), sync.name, "key", sync.meta.key, sync.meta.key)
        yield key, (Step(_column(table, sync.meta.key), "value"),)
        for name, declared in sync.meta.mapping.items():
            rule = FieldRule(column=declared) if isinstance(declared, str) else declared
            yield _field(sync, name, rule), _steps(sync, name, rule, table, by_name)


def _rows_of(sync: Sync, tables: dict[tuple[str, str], str]) -> str:
    if sync.meta.source is not None:
        return f"postgres.{sync.meta.source.postgres}"
    if sync.query:
        return query_name(sync)
    found = tables.get((sync.schema.lower(), sync.table.lower()))
    return found or f"{sync.schema}.{sync.table}"


def _place(sync: Sync, name: str) -> Place:
    return Place(object_of(sync), name, among=(("sync", (sync.name,)),))


def _column(table: str, column: str) -> Place:
    name, _, path = column.partition(".")
    return Place(table, name, path)


def _field(sync: Sync, name: str, rule: FieldRule) -> Field:
    place = _place(sync, name)
    if rule.column is not None:
        return Field(place, sync.name, "column", rule.column, rule.column)
    if rule.template is not None:
        return Field(place, sync.name, "template", rule.template)
    if rule.lookup is not None:
        said = f"{rule.lookup.take} of {rule.lookup.sync} by {rule.lookup.key}"
        return Field(place, sync.name, "lookup", said)
    said = msgspec.json.encode(rule.constant).decode()
    return Field(place, sync.name, "constant", said)


def _steps(
    sync: Sync, name: str, rule: FieldRule, table: str, syncs: dict[str, Sync]
) -> tuple[Step, ...]:
    if rule.lookup is not None:
        how = f"{rule.lookup.take} of the record that {rule.lookup.sync} delivered"
        steps = [Step(_column(table, rule.lookup.key), "value", (how,))]
        other = syncs.get(rule.lookup.sync)
        if other is not None:
            steps.append(Step(_place(other, KEY), "value", (how,)))
        return tuple(steps)
    columns = FieldMapping({name: rule}, f"exposure {sync.name}").columns
    said = (rule.template,) if rule.template is not None else ()
    return tuple(Step(_column(table, column), "value", said) for column in columns)

"""A place that a value can stand in, and the steps between places."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

ROWS = "*"
"""Instead of a column: that there is a row at all, which is what count(*) counts."""
EVENTS = "events.events"
"""The loaded table of accepted events."""
TO = "to:"
"""Before the objects of destinations: a tool may be source and destination."""
Among = tuple[tuple[str, tuple[str, ...]], ...]


class Place(msgspec.Struct, frozen=True, order=True):
    """A column of a table, or a part of it.

    Attributes:
        table: A model, a seed, ``source.table``, or the object of a destination.
        column: One of its columns, or ``*`` for its rows.
        path: Where inside of a JSON column, such as ``products[].price``.
        among: Other columns of the same rows, and the values that they have.
        events: Names of the events that the rows are of; empty for any.
    """

    table: str
    column: str
    path: str = ""
    among: Among = ()
    events: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As people write it."""
        joint = "" if not self.path or self.path.startswith("[") else "."
        table = self.table.removeprefix(TO)
        return f"{table}.{self.column}{joint}{self.path}"

    @property
    def is_field(self) -> bool:
        """Whether it is a field of a destination."""
        return self.table.startswith(TO)


class Step(msgspec.Struct, frozen=True):
    """One way in which a place depends on another.

    Attributes:
        origin: What it depends on.
        how: ``value``; ``condition``: it decides between values; ``rows``: its rows
            are counted; ``filter``: it decides which rows there are.
        sql: The expressions on the way, the last first; empty where it is handed on.
    """

    origin: Place
    how: str
    sql: tuple[str, ...] = ()


def joined(outer: str, inner: str) -> str:
    """Return a path inside of a path."""
    if not outer or not inner or inner.startswith("["):
        return outer + inner
    return f"{outer}.{inner}"


def among_of(values: Mapping[str, frozenset[str]]) -> Among:
    """Return restrictions in the form in which places hold them."""
    return tuple(sorted((name, tuple(sorted(each))) for name, each in values.items()))

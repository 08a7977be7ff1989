"""What is asked of one part of a query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlglot.optimizer.scope import Scope

from orchestration.lineage.queries import names_of


@dataclass(frozen=True, slots=True)
class Asked:
    """A column, or a part of it, with what is known of its rows.

    Attributes:
        column: Of what the part returns; ``*`` for its rows.
        path: Which part of its value.
        among: Other columns of the same rows, and the values that they have.
        events: Names of the events that the rows are of; empty for any.
        how: What it is read for.
        sql: How the place above is made of it, the last expression first.
    """

    column: str
    path: str
    among: Mapping[str, frozenset[str]]
    events: tuple[str, ...]
    how: str
    sql: tuple[str, ...]


def as_in(scope: Scope, branch: Scope, asked: Asked) -> Asked:
    """Return a question to a union as one to one of its branches: by position."""
    names = names_of(scope.expression)
    own = names_of(branch.expression)
    if scope.expression.args.get("by_name") or len(own) != len(names):
        return asked
    places = dict(zip(names, own, strict=True))
    among = {places.get(name, name): each for name, each in asked.among.items()}
    return replace(asked, column=places.get(asked.column, asked.column), among=among)

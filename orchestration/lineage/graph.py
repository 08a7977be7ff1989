"""All places of the workspace and the steps between them, both ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from orchestration.lineage.expand import Expansion
from orchestration.lineage.hooks import MARK, steps_of_hook
from orchestration.lineage.place import ROWS, Place, Step
from orchestration.lineage.project import Project, Table
from orchestration.lineage.queries import Queries

Steps = Mapping[Place, tuple[Step, ...]]


class Problem(msgspec.Struct, frozen=True, order=True):
    """What could not be followed.

    Attributes:
        place: Where.
        reason: Why.
    """

    place: str
    reason: str


class Graph(msgspec.Struct, frozen=True):
    """Steps from every place to what it is made of.

    Attributes:
        steps: By place; places without steps are origins or constants.
        problems: What could not be followed.
    """

    steps: dict[Place, tuple[Step, ...]]
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class Builder:
    """Follows places until nothing is left to follow.

    Args:
        project: The tables.
        queries: Their queries.
        fields: Steps of what is no table of dbt: fields of destinations.
    """

    project: Project
    queries: Queries
    fields: Steps
    found: dict[Place, tuple[Step, ...]] = field(default_factory=dict)
    problems: set[Problem] = field(default_factory=set)

    def build(self) -> Graph:
        """Return the graph of every column, row and field."""
        self.problems |= {Problem(*each) for each in self.queries.problems.items()}
        todo = [*self._columns(), *self.fields]
        while todo:
            place = todo.pop()
            if place not in self.found:
                self.found[place] = tuple(self._steps(place))
                todo += [step.origin for step in self.found[place]]
        return Graph(self.found, tuple(sorted(self.problems)))

    def _columns(self) -> Iterator[Place]:
        for name, columns in self.queries.columns.items():
            yield from (Place(name, column) for column in (*columns, ROWS))

    def _steps(self, place: Place) -> Iterable[Step]:
        if place in self.fields:
            return self.fields[place]
        owner, _, scratch = place.table.partition(MARK)
        if scratch:
            return self._of_hook(self.project.tables.get(owner), place)
        table = self.project.tables.get(place.table)
        if table is not None and table.made_from:
            return self._made_from(table)
        if not self.queries.scopes.get(place.table):
            return ()
        expansion = Expansion(self.queries, place.table)
        steps = expansion.steps(place)
        for name, reason in expansion.unknown.items():
            self.problems.add(Problem(f"{place.table}: {name}", reason))
        return steps

    def _of_hook(self, model: Table | None, place: Place) -> Iterable[Step]:
        steps = steps_of_hook(model, place) if model is not None else []
        if not steps:
            reason = "this table is none of dbt's"
            self.problems.add(Problem(place.name, reason))
        return steps

    def _made_from(self, table: Table) -> Iterable[Step]:
        said = (f"made outside dbt, by the owner of {table.name}",)
        return [
            Step(Place(name, column), "value", said)
            for name in table.made_from
            for column in self.queries.columns.get(name, ())
        ]


def reversed_steps(steps: Steps) -> dict[Place, list[tuple[Place, Step]]]:
    """Return, by place, the places that are made of it."""
    found: dict[Place, list[tuple[Place, Step]]] = {}
    for place, each in steps.items():
        for step in each:
            found.setdefault(step.origin, []).append((place, step))
    return found


def reach(
    starts: Iterable[Place],
    neighbours: Mapping[Place, Iterable[Place]],
) -> dict[Place, Place | None]:
    """Return what can be reached, with the place that each was reached from.

    Nearest first, so that following the places back is a shortest way.
    """
    found: dict[Place, Place | None] = dict.fromkeys(starts)
    queue = list(found)
    for place in queue:
        for other in neighbours.get(place, ()):
            if other not in found:
                found[other] = place
                queue.append(other)
    return found

"""Back from a place to where its values come in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from orchestration.lineage.lineage import Lineage
from orchestration.lineage.origins import EVENT_NAMES, is_origin, origin_names
from orchestration.lineage.place import Place, Step

_EVENT_PARTS = 2


class Branch(msgspec.Struct, frozen=True, omit_defaults=True):
    """One place of a trace and what it is made of.

    Attributes:
        name: Where it is; all its names for an origin that several events share.
        how: What it does for the place above: value, condition or rows.
        sql: How the place above is made of it, the last expression first.
        is_origin: Values come in here.
        is_constant: It is made of nothing but the query's own text.
        is_shown_above: The same place with all it is made of stands further up.
        branches: What it is made of.
    """

    name: str
    how: str = "value"
    sql: tuple[str, ...] = ()
    is_origin: bool = False
    is_constant: bool = False
    is_shown_above: bool = False
    branches: tuple[Branch, ...] = ()


@dataclass(slots=True)
class Tracer:
    """Traces places of one lineage.

    Args:
        lineage: The workspace's.
    """

    lineage: Lineage
    _origins: dict[Place, frozenset[str]] = field(default_factory=dict)
    _shown: set[Place] = field(default_factory=set)

    def tree(self, place: Place) -> Branch:
        """Return a place with all that it is made of, as a tree."""
        self._shown.clear()
        return self._branch(Step(place, "value"))

    def origins(self, place: Place) -> frozenset[str]:
        """Return the names of all origins of a place."""
        if place not in self._origins:
            found: set[str] = set()
            seen = {place}
            queue = [place]
            for each in queue:
                if is_origin(each, self.lineage.project):
                    found |= set(origin_names(each))
                for origin in followed(self.lineage.graph.steps.get(each, ())):
                    if origin not in seen:
                        seen.add(origin)
                        queue.append(origin)
            self._origins[place] = frozenset(found)
        return self._origins[place]

    def _branch(self, step: Step) -> Branch:
        place = step.origin
        at_origin = is_origin(place, self.lineage.project)
        names = origin_names(place) if at_origin else (place.name,)
        steps = self.lineage.graph.steps.get(place, ())
        repeats = place in self._shown and bool(steps)
        self._shown.add(place)
        branches = [] if repeats else [self._branch(each) for each in self._told(steps)]
        return Branch(
            name=", ".join(names),
            how=step.how,
            sql=step.sql,
            is_origin=at_origin,
            is_constant=not at_origin and not steps,
            is_shown_above=repeats,
            branches=tuple(branches),
        )

    def _told(self, steps: Iterable[Step]) -> list[Step]:
        """Return the steps that a person wants to see.

        A condition on the query's own text, or on which event it is, is seen in the
        SQL and in the names of the origins.
        """
        return [
            step
            for step in steps
            if step.how == "value"
            or (step.how != "filter" and not self._is_plain(step.origin))
        ]

    def _is_plain(self, place: Place) -> bool:
        return all(
            name.startswith("events.") and name.count(".") == _EVENT_PARTS
            and name.rsplit(".", 1)[-1] in EVENT_NAMES
            for name in self.origins(place)
        )  # fmt: skip


def followed(steps: Iterable[Step]) -> list[Place]:
    """Return what values are made of: all but what merely chooses rows."""
    return [step.origin for step in steps if step.how != "filter"]

"""From a column of a model to the columns of other tables that it is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from orchestration.lineage.asked import Asked, as_in
from orchestration.lineage.expression import Read, reads_of
from orchestration.lineage.known_values import (
    Known,
    conditions_of,
    contradicts,
    key_of,
    narrow,
    unwrapped,
)
from orchestration.lineage.origins import EVENT_NAMES
from orchestration.lineage.pivots import asked_under
from orchestration.lineage.place import EVENTS, ROWS, Among, Place, Step, among_of
from orchestration.lineage.queries import Queries, names_of, written
from orchestration.lineage.selects import (
    is_excluded,
    is_key_of_left_join,
    is_null_guard,
    owner_of,
    projection_of,
    said,
    source_names,
    source_of,
    table_under,
)


@dataclass(slots=True)
class Expansion:
    """Steps from places of one model; made anew for each place.

    Args:
        queries: All queries.
        table: The model.
    """

    queries: Queries
    table: str
    unknown: dict[str, str] = field(default_factory=dict)
    _seen: set[tuple[int, str, str, Among]] = field(default_factory=set)

    def steps(self, place: Place) -> list[Step]:
        """Return what a place is made of; what cannot be followed is in ``unknown``."""
        among = {name: frozenset(values) for name, values in place.among}
        asked = Asked(place.column, place.path, among, place.events, "value", ())
        found: dict[tuple[Place, str], Step] = {}
        for root in self.queries.scopes[self.table]:
            self._seen.clear()
            for step in self._of(root, asked):
                found.setdefault((step.origin, step.how), step)
        return list(found.values())

    def _of(self, scope: Scope, asked: Asked) -> Iterator[Step]:
        key = (id(scope), asked.column, asked.path + asked.how, among_of(asked.among))
        # a query that reads itself is known to sqlglot without its own sources
        reads_itself = scope.expression.args.get("from_") and not scope.sources
        if key in self._seen or reads_itself:
            return
        self._seen.add(key)
        if scope.union_scopes:
            for branch in scope.union_scopes:
                yield from self._of(branch, as_in(scope, branch, asked))
        elif isinstance(scope.expression, exp.Select):
            yield from self._of_select(scope, scope.expression, asked)
        else:
            yield from self._through(scope, scope.expression, asked, {})
        self._seen.discard(key)

    def _of_select(
        self, scope: Scope, select: exp.Select, asked: Asked
    ) -> Iterator[Step]:
        known, events = self._known(scope, select, asked)
        if contradicts(known) or is_excluded(select, asked.among):
            return
        asked = replace(asked, events=events)
        if asked.column == ROWS:
            yield from self._rows(scope, asked, known)
            yield from self._filters(scope, select, asked, known)
            return
        projection = projection_of(select, asked.column)
        if projection is not None:
            yield from self._through(scope, projection, asked, known)
        elif any(each.is_star for each in select.expressions):
            for name in source_names(select):
                column = exp.column(asked.column, table=name)
                yield from self._through(scope, column, asked, known)
        else:
            self.unknown[asked.column] = "no such column is selected"

    def _known(
        self, scope: Scope, select: exp.Select, asked: Asked
    ) -> tuple[Known, tuple[str, ...]]:
        """Return what holds in the rows that are asked for, and their events."""
        known, equal = said(select)
        events = asked.events
        for name, values in asked.among.items():
            projection = projection_of(select, name)
            plain = unwrapped(projection) if projection is not None else None
            if isinstance(plain, exp.Column):
                narrow(known, key_of(plain), values)
            elif projection is not None and self._names_events(scope, projection):
                events = tuple(sorted(values))
        for here, there in equal:
            if here in known:
                narrow(known, there, known[here])
        return known, events

    def _names_events(self, scope: Scope, projection: exp.Expr) -> bool:
        """Whether an expression is made of the event's type and name alone."""
        reads = [
            read for read in reads_of(projection, "", {}) if read.column is not None
        ]
        found = [
            step.origin
            for read in reads
            for step in self._column(scope, read, Asked("", "", {}, (), "value", ()))
        ]
        return bool(found) and all(
            place.table == EVENTS and place.column in EVENT_NAMES for place in found
        )

    def _through(
        self, scope: Scope, expression: exp.Expr, asked: Asked, known: Known
    ) -> Iterator[Step]:
        plain = expression.this if isinstance(expression, exp.Alias) else expression
        sql = asked.sql
        if not isinstance(plain, exp.Column):
            sql = (*sql, written(plain, self.queries.dialect))
        for read in reads_of(expression, asked.path, known):
            how = read.how if asked.how == "value" else asked.how
            inner = replace(asked, how=how, sql=sql)
            if read.query is not None:
                yield from self._of_subquery(scope, read, inner)
            elif read.column is not None:
                yield from self._column(scope, read, inner)
            elif read.how == "filter":
                yield from self._chosen(scope, inner, read.known)
            else:
                yield from self._rows(scope, replace(inner, how="rows"), read.known)

    def _of_subquery(self, scope: Scope, read: Read, asked: Asked) -> Iterator[Step]:
        for inner in scope.subquery_scopes:
            if inner.expression is read.query:
                names = names_of(inner.expression)
                is_test = isinstance(read.query.parent, exp.Exists)
                column = ROWS if is_test or not names else names[0]
                found = replace(asked, column=column, path=read.path, among={})
                yield from self._of(inner, found)

    def _column(self, scope: Scope, read: Read, asked: Asked) -> Iterator[Step]:
        column = read.column
        assert column is not None  # noqa: S101 - the caller has looked
        name = column.table or owner_of(scope, column.name)
        if read.is_test and is_key_of_left_join(scope.expression, column):
            yield from self._tested(scope, name, asked)
            return
        found = replace(asked, column=column.name, path=read.path)
        yield from self._source(scope, name, found, read.known)

    def _source(
        self, scope: Scope, name: str, asked: Asked, known: Known
    ) -> Iterator[Step]:
        source = source_of(scope, name)
        among = {column: values for (table, column), values in known.items()
                 if table == name}  # fmt: skip
        asked = replace(asked, among=among)
        if source is None:
            self.unknown[f"{name}.{asked.column}"] = "nothing here is called so"
        elif isinstance(source, exp.Table) and source.args.get("pivots"):
            yield from self._turned(scope, source, asked)
        else:
            yield from self._inside(source, asked)

    def _turned(self, scope: Scope, source: exp.Table, asked: Asked) -> Iterator[Step]:
        """Yield what a column of a table is made of that is pivoted or unpivoted."""
        under = table_under(scope, source)
        pivot = source.args["pivots"][-1]
        for inner in asked_under(pivot, asked, self.queries.dialect):
            yield from self._inside(under, inner)

    def _inside(self, source: Scope | exp.Table, asked: Asked) -> Iterator[Step]:
        if isinstance(source, Scope):
            yield from self._of(source, asked)
        else:
            table = self.queries.table_of(source) or f"{self.table}:{source.name}"
            among = among_of(asked.among)
            place = Place(table, asked.column, asked.path, among, asked.events)
            yield Step(place, asked.how, asked.sql)

    def _rows(self, scope: Scope, asked: Asked, known: Known) -> Iterator[Step]:
        for name in source_names(scope.expression):
            found = replace(asked, column=ROWS, path="")
            yield from self._source(scope, name, found, known)

    def _filters(
        self, scope: Scope, select: exp.Select, asked: Asked, known: Known
    ) -> Iterator[Step]:
        conditions = [
            select.args.get(name) for name in ("where", "having", "qualify", "group")
        ]
        conditions += [join.args.get("on") for join in select.args.get("joins") or ()]
        for condition in conditions:
            if condition is not None:
                aside = replace(asked, how="filter", path="")
                yield from self._through(scope, condition, aside, known)

    def _chosen(self, scope: Scope, asked: Asked, known: Known) -> Iterator[Step]:
        """Yield what decides which rows an aggregate is of, but for nulls left out."""
        if asked.how == "filter":
            for part in conditions_of(scope.expression.args.get("where")):
                if not is_null_guard(part):
                    aside = replace(asked, how="condition", path="")
                    yield from self._through(scope, part, aside, known)

    def _tested(self, scope: Scope, name: str, asked: Asked) -> Iterator[Step]:
        """Yield what decides whether a joined row is there."""
        how = "filter" if asked.how == "filter" else "rows"
        rows = replace(asked, how=how, column=ROWS, path="")
        yield from self._source(scope, name, rows, {})
        source = source_of(scope, name)
        if isinstance(source, Scope) and isinstance(source.expression, exp.Select):
            aside = replace(asked, how="filter", among={}, path="")
            yield from self._chosen(source, aside, said(source.expression)[0])

"""The rows and events behind one value of one customer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import duckdb
import msgspec

from cdp.quoting import quoted
from orchestration.lineage.customer import CUSTOMER, Rows, rows_of
from orchestration.lineage.explain_sql import (
    conditions,
    group_of,
    said,
    shown_name,
    sql_of,
)
from orchestration.lineage.lineage import Lineage
from orchestration.lineage.origins import is_content
from orchestration.lineage.personal import is_personal, masked
from orchestration.lineage.place import EVENTS, ROWS, Place, Step
from orchestration.lineage.recompute import NOT_MADE, value_again
from orchestration.lineage.trace import Tracer


class Level(msgspec.Struct, frozen=True):
    """Rows of one table that are behind the value.

    Attributes:
        table: Which table.
        of: What the rows are of: an event, a trait.
        formulas: How columns above are made of these rows.
        chosen_by: What chooses rows above among these.
        columns: Of the rows.
        rows: Some of them.
        row_count: All of them.
        checks: Values made again from the rows below, and whether they are the same.
    """

    table: str
    of: str
    formulas: tuple[str, ...]
    chosen_by: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    row_count: int
    checks: tuple[str, ...] = ()


@dataclass(slots=True)
class _Group:
    """Places of one table whose rows are of the same kind."""

    before: tuple[Rows, ...]
    columns: dict[tuple[str, str], Place] = field(default_factory=dict)
    formulas: dict[str, None] = field(default_factory=dict)

    def add(self, place: Place, step: Step) -> None:
        """Add what a place above is made of."""
        origin = step.origin
        self.columns.setdefault((origin.column, origin.path), origin)
        if step.sql:
            self.formulas[f"{place.name} = {' of '.join(step.sql)}"] = None


@dataclass(frozen=True, slots=True)
class Explainer:
    """Explains values of one customer.

    Args:
        connection: The warehouse, or a copy of it.
        lineage: The workspace's.
        customer: Whose.
        identifiers: The kinds of identifiers that the customer has.
        as_of: The moment that "the last N days" count back from, ISO 8601.
        limit: Rows that are shown of each table.
        is_open: Personal values are shown as they are.
    """

    connection: duckdb.DuckDBPyConnection
    lineage: Lineage
    customer: str
    identifiers: tuple[str, ...]
    as_of: str
    limit: int = 5
    is_open: bool = False

    def levels(self, table: str, column: str) -> Iterator[Level]:
        """Yield the tables behind a value, from the value down to what came in."""
        for name, group in self._groups(Place(table, column)).items():
            found = rows_of(self.lineage, name[0], group.before, self.identifiers)
            if found is not None:
                level = self._level(found, group)
                if level is not None:
                    yield level

    def nothing_said(self, table: str, column: str) -> str:
        """Return why a table shows no value of the customer; empty where it does."""
        values = self._stored(table, column)
        if not values:
            return f"{self.customer} has no row in {table}"
        if all(value is None for value in values):
            return f"{column} is empty in {table}"
        return ""

    def _groups(self, start: Place) -> dict[tuple[Any, ...], _Group]:
        groups = {group_of(start): _Group((), {(start.column, ""): start})}
        queue: list[tuple[Place, tuple[Rows, ...]]] = [(start, ())]
        seen = {start}
        for place, before in queue:
            rows = rows_of(self.lineage, place.table, before, self.identifiers)
            if rows is not None:
                query = conditions(rows.query, place, [])
                before = (Rows(place.table, query), *before)  # noqa: PLW2901
            for step in self.lineage.graph.steps.get(place, ()):
                if step.how == "filter" or is_content(step.origin):
                    continue
                if step.sql or self._is_loaded(step.origin):
                    key = group_of(step.origin)
                    groups.setdefault(key, _Group(before)).add(place, step)
                if step.origin not in seen:
                    seen.add(step.origin)
                    queue.append((step.origin, before))
        return groups

    def _is_loaded(self, place: Place) -> bool:
        table = self.lineage.project.tables.get(place.table)
        return table is not None and table.kind == "source"

    def _level(self, rows: Rows, group: _Group) -> Level | None:
        places = [place for place in group.columns.values() if place.column != ROWS]
        first = next(iter(group.columns.values()))
        query = conditions(rows.query, first, places)
        shown = self._shown(rows.table, places)
        count, found = self._read(query, shown)
        values = [shown_name(place) for place in places]
        at = [number for number, name in enumerate(shown) if name in values]
        if not found or (at and all(row[each] is None for row in found for each in at)):
            return None
        return Level(
            table=rows.table,
            of=said(first),
            formulas=tuple(group.formulas),
            chosen_by=tuple(self._chosen_by(rows.table)),
            columns=tuple(shown),
            rows=tuple(
                self._masked(row, rows.table, list(shown), places) for row in found
            ),
            row_count=count,
            checks=tuple(self._checks(rows.table, places)),
        )

    def _read(
        self, query: str, shown: dict[str, str]
    ) -> tuple[int, list[tuple[Any, ...]]]:
        """Return how many rows there are, and the newest of them."""
        values = {"customer": self.customer}
        counted = self.connection.execute(
            f"select count(*) from ({query})",  # noqa: S608 - names are quoted
            values,
        ).fetchone()
        selected = ", ".join(f"{sql} as {quoted(name)}" for name, sql in shown.items())
        time = next((name for name in shown if name.endswith(("_at", "timestamp"))), "")
        order = f"{quoted(time)} desc nulls last" if time else "all"
        found = self.connection.execute(
            f"select {selected} from ({query}) order by {order} limit {self.limit}",  # noqa: S608
            values,
        ).fetchall()
        return int(counted[0]) if counted else 0, found

    def _shown(self, table: str, places: list[Place]) -> dict[str, str]:
        """Return the columns to show, by name, as SQL: keys first."""
        columns = self.lineage.columns.get(table, ())
        keys = list(columns[:1]) or self._keys_of_loaded(table)
        keys += [name for name in ("source_name", "occurred_at") if name in columns]
        shown = {name: quoted(name) for name in keys if name != CUSTOMER}
        for place in places:
            if place.column != CUSTOMER:
                shown[shown_name(place)] = sql_of(place)
        return shown or {CUSTOMER: CUSTOMER}

    def _keys_of_loaded(self, table: str) -> list[str]:
        """Return the key of a loaded table: what the key of its model is made of."""
        if table == EVENTS:
            return ["message_id", "event", "timestamp"]
        for name, columns in self.lineage.columns.items():
            for step in self.lineage.graph.steps.get(
                Place(name, columns[0] if columns else ROWS), ()
            ):
                if step.origin.table == table and not step.origin.path:
                    return [step.origin.column]
        return []

    def _masked(
        self, row: tuple[Any, ...], table: str, names: list[str], places: list[Place]
    ) -> tuple[Any, ...]:
        if self.is_open:
            return row
        tracer = Tracer(self.lineage)
        shown = {name: Place(table, name) for name in names}  # a key may be an address
        shown |= {shown_name(place): place for place in places}
        personal = {name for name, one in shown.items() if is_personal(one, tracer)}
        return tuple(
            masked(value) if name in personal else value
            for name, value in zip(names, row, strict=True)
        )

    def _chosen_by(self, table: str) -> Iterator[str]:
        steps = self.lineage.graph.steps.get(Place(table, ROWS), ())
        found = [" of ".join(step.sql) for step in steps if step.how == "filter"]
        for sql in dict.fromkeys(found):
            if "row_number" in sql.lower():
                yield sql

    def _checks(self, table: str, places: list[Place]) -> Iterator[str]:
        for place in places:
            steps = self.lineage.graph.steps.get(place, ())
            if place.among or not any(step.sql for step in steps):
                continue
            key = (table, place.column)
            now = value_again(
                self.connection, self.lineage, key, self.customer, self.as_of
            )
            if now is NOT_MADE:  # such as of a table that does not say whose it is
                continue
            stored = self._stored(table, place.column)
            if len(stored) != 1:
                continue
            shown = now if self.is_open else self._hidden(now, place)
            same = "the same" if now == stored[0] else "NOT what is stored"
            yield f"{place.column} made again from the rows below: {shown}, {same}"

    def _hidden(self, value: Any, place: Place) -> Any:
        is_hidden = is_personal(place, Tracer(self.lineage))
        return masked(value) if is_hidden else value

    def _stored(self, table: str, column: str) -> list[Any]:
        known = self.lineage.project.tables[table]
        relation = f"{quoted(known.schema)}.{quoted(known.alias)}"
        found = self.connection.execute(
            f"select {quoted(column)} from {relation} where {CUSTOMER} = ?",  # noqa: S608
            [self.customer],
        ).fetchall()
        return [value for (value,) in found]

"""What a select says: its tables, its projections, the rows that it chooses."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from orchestration.lineage.known_values import (
    Known,
    alike,
    both,
    conditions_of,
    key_of,
    literal_of,
    said_by,
    unwrapped,
)


def said(
    select: exp.Select,
) -> tuple[Known, list[tuple[tuple[str, str], tuple[str, str]]]]:
    """Return what a select says of its rows, and which columns are equal in them."""
    known = said_by(select.args.get("where"))
    equal = []
    for join in select.args.get("joins") or ():
        if join.side not in ("LEFT", "FULL"):
            known = both(known, said_by(join.args.get("on")))
        for one, other in equalities(join.args.get("on")):
            equal += [(one, other), (other, one)]
    return known, equal


def source_of(scope: Scope, name: str) -> Scope | exp.Table | None:
    """Return what a query means by a table's name; None where nothing is called so."""
    source = scope.sources.get(name)
    parent = scope.parent
    while source is None and parent is not None:  # a query that looks out of itself
        source, parent = parent.sources.get(name), parent.parent
    return source if isinstance(source, Scope | exp.Table) else None


def table_under(scope: Scope, table: exp.Table) -> Scope | exp.Table:
    """Return what is pivoted or unpivoted under a table's name."""
    named = scope.cte_sources.get(table.name) if not table.db else None
    if isinstance(named, Scope):
        return named
    plain = table.copy()
    plain.set("pivots", None)
    return plain


def owner_of(scope: Scope, column: str) -> str:
    """Return the table of a column that is written without one.

    One that is known to have it, else the first, which may be one that is loaded: of
    that nobody has declared all columns.
    """
    for name, (_, source) in scope.selected_sources.items():
        query = source.expression if isinstance(source, Scope) else None
        if isinstance(query, exp.Lateral):
            query = query.this.unnest()
        if isinstance(query, exp.Query) and column in query.named_selects:
            return str(name)
    return next(iter(source_names(scope.expression)), "")


def is_key_of_left_join(select: exp.Expr, column: exp.Column) -> bool:
    """Whether a column is there if, and only if, a row was joined."""
    for join in select.args.get("joins") or ():
        if join.side in ("LEFT", "FULL") and join.this.alias_or_name == column.table:
            keys = [key_of(each) for each in join.find_all(exp.Column)]
            return key_of(column) in keys
    return False


def is_null_guard(condition: exp.Expr) -> bool:
    """Whether a condition only leaves out, or keeps, what is null."""
    plain = condition.this if isinstance(condition, exp.Not) else condition
    return isinstance(plain, exp.Is)


def is_excluded(select: exp.Select, among: Mapping[str, frozenset[str]]) -> bool:
    """Whether a select says another value than those that are asked for."""
    for name, values in among.items():
        projection = projection_of(select, name)
        value = literal_of(projection) if projection is not None else None
        if value is not None and alike(value) not in map(alike, values):
            return True
    return False


def projection_of(select: exp.Select, name: str) -> exp.Expr | None:
    """Return the projection of a name; None where it is not written out."""
    for each in select.expressions:
        if each.alias_or_name.lower() == name.lower() and not each.is_star:
            found: exp.Expr = each
            return found
    return None


def source_names(select: exp.Expr) -> list[str]:
    """Return the tables that a select's rows come from; not those joined left."""
    tables = [select.args.get("from_")]
    tables += [join for join in select.args.get("joins") or () if join.side != "LEFT"]
    return [each.this.alias_or_name for each in tables if each is not None]


def equalities(
    condition: exp.Expr | None,
) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """Return pairs of columns that a condition says are equal."""
    found = []
    for part in conditions_of(condition):
        if isinstance(part, exp.EQ):
            one, other = unwrapped(part.this), unwrapped(part.expression)
            if isinstance(one, exp.Column) and isinstance(other, exp.Column):
                found.append((key_of(one), key_of(other)))
    return found

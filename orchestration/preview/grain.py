"""Where a query's rows depend on which columns it selects.

A new column is harmless, but not everywhere: below ``distinct``, ``group by all``, a
union without doubles or a pivot it makes other rows, and a first aggregate makes one.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlglot
from sqlglot import exp


def decides_other_rows(before: str, after: str, dialect: str) -> bool:
    """Return whether what rows are told apart by differs between two queries."""
    told = [sorted(_told_apart(sqlglot.parse_one(code, dialect=dialect)))
            for code in (before, after)]  # fmt: skip
    return told[0] != told[1]


def follows_columns(code: str, dialect: str) -> bool:
    """Return whether a new column of what a query reads can change its rows."""
    tree = sqlglot.parse_one(code, dialect=dialect)
    return tree.sql() in set(_told_apart(tree))


def _told_apart(tree: exp.Expr) -> Iterator[str]:
    """Yield what tells rows apart; the whole query where a star does."""
    for query in tree.find_all(exp.Query):
        if not _is_told_apart(query):
            continue
        selects = [query, *query.find_all(exp.Select)]
        stars = any(one.is_star for each in selects for one in each.selects)
        yield tree.sql() if stars else query.sql()
    for select in tree.find_all(exp.Select):
        is_one = select.args.get("group") is None and not _is_value(select)
        if is_one and any(map(_is_aggregate, select.selects)):
            yield "one row"
    if any(not pivot.args.get("unpivot") for pivot in tree.find_all(exp.Pivot)):
        yield tree.sql()


def _is_told_apart(query: exp.Expr) -> bool:
    if isinstance(query, exp.SetOperation):
        return not isinstance(query, exp.Union) or bool(query.args.get("distinct"))
    distinct, group = query.args.get("distinct"), query.args.get("group")
    by_all = group is not None and bool(group.args.get("all"))
    return by_all or (distinct is not None and distinct.args.get("on") is None)


def _is_value(select: exp.Select) -> bool:
    """Whether a query stands in the place of a value."""
    around = select.parent
    places = (exp.From, exp.Join, exp.Lateral, exp.CTE, exp.SetOperation)
    return isinstance(around, exp.Subquery) and not isinstance(around.parent, places)


def _is_aggregate(projection: exp.Expr) -> bool:
    for found in projection.find_all(exp.AggFunc):
        around = found.find_ancestor(exp.Window, exp.Query)
        if not isinstance(around, exp.Window) and around is projection.parent_select:
            return True
    return False

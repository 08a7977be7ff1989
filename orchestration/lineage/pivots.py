"""Tables whose columns are turned into rows, or their rows into columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from orchestration.lineage.asked import Asked
from orchestration.lineage.expression import reads_of
from orchestration.lineage.known_values import alike
from orchestration.lineage.place import ROWS, joined
from orchestration.lineage.queries import written


def asked_under(pivot: exp.Pivot, asked: Asked, dialect: str) -> Iterator[Asked]:
    """Yield what is asked of the table under a turned one.

    Args:
        pivot: How the table is turned.
        asked: What is asked of the outcome.
        dialect: What the query is written in.
    """
    made = _made(pivot)
    among = {name: each for name, each in asked.among.items()
             if name.lower() not in made}  # fmt: skip
    under = replace(asked, among=among)
    if asked.column.lower() not in made:
        yield under
        return
    under = replace(under, sql=(*asked.sql, written(pivot, dialect)))
    turn = _to_rows if pivot.args.get("unpivot") else _to_columns
    for column, how, path in turn(pivot, asked):
        how = how if asked.how == "value" else asked.how  # noqa: PLW2901
        path = joined(path, asked.path)  # noqa: PLW2901
        yield replace(under, column=column, how=how, path=path)


def _made(pivot: exp.Pivot) -> set[str]:
    """Return the columns that the table under it does not have, in lower case."""
    if not pivot.args.get("unpivot"):
        return set(_columns(pivot))
    named = {field.this.name.lower() for field in pivot.args["fields"]}
    return named | {
        each.name.lower() for one in pivot.expressions for each in _listed(one)
    }


def _columns(pivot: exp.Pivot) -> list[str]:
    return [each.name.lower() for each in pivot.args.get("columns") or ()]


def _to_rows(pivot: exp.Pivot, asked: Asked) -> Iterator[tuple[str, str, str]]:
    for field in pivot.args["fields"]:
        wanted = {alike(each) for each in asked.among.get(field.this.name, ())}
        for part in field.expressions:
            plain = part.this if isinstance(part, exp.Alias | exp.PivotAlias) else part
            is_one = not isinstance(plain, exp.Tuple)
            if wanted and is_one and alike(part.alias_or_name) not in wanted:
                continue
            for at, read in enumerate(_listed(plain)):
                if asked.column.lower() in _names_at(pivot, at):
                    yield read.name, "value", ""


def _to_columns(pivot: exp.Pivot, asked: Asked) -> Iterator[tuple[str, str, str]]:
    """Yield what one value of each aggregate is made of: they come in turns."""
    at = _columns(pivot).index(asked.column.lower())
    for read in reads_of(pivot.expressions[at % len(pivot.expressions)], "", {}):
        if read.column is not None:
            yield read.column.name, read.how, read.path
        elif read.how == "rows":
            yield ROWS, "rows", ""
    for field in pivot.args["fields"]:
        for each in field.this.find_all(exp.Column):
            yield each.name, "condition", ""


def _names_at(pivot: exp.Pivot, place: int) -> set[str]:
    """Return the columns that the n-th of several columns side by side goes to."""
    listed = [_listed(each) for each in pivot.expressions]
    return {each[place].name.lower() for each in listed if place < len(each)}


def _listed(written: exp.Expr) -> list[exp.Expr]:
    return list(written.expressions) if isinstance(written, exp.Tuple) else [written]

"""The columns that an expression reads, and the part of each that it takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sqlglot import exp

from orchestration.lineage.json_paths import json_path
from orchestration.lineage.known_values import (
    Known,
    both,
    contradicts,
    key_of,
    literal_of,
    said_by,
    unwrapped,
)
from orchestration.lineage.place import joined

# A path inside of what they return is a path inside of what they are given.
_TRANSPARENT = (
    *(exp.Alias, exp.Paren, exp.Cast, exp.TryCast, exp.Coalesce, exp.Nullif),
    *(exp.Max, exp.Min, exp.AnyValue, exp.First, exp.Last, exp.Trim, exp.ArrayAgg),
    *(exp.Window, exp.Filter, exp.Distinct, exp.IgnoreNulls, exp.ParseJSON),
)
_TRANSPARENT_NAMES = {"from_json", "json"}
_CONDITIONAL = (exp.Ordered, exp.Where)


@dataclass(frozen=True, slots=True)
class Read:
    """One reading of a column, or of the rows of a whole query.

    Attributes:
        column: The column; None for a counting of rows.
        how: value, condition or rows; ``filter``: whatever chooses the rows of the
            query.
        path: Which part of it.
        known: What is known of the row where it is read.
        query: A query inside of the expression that is read instead of a column.
        is_test: It is asked whether the column is null.
    """

    column: exp.Column | None
    how: str
    path: str = ""
    known: Known = field(default_factory=dict)
    query: exp.Query | None = None
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class _Way:
    how: str
    path: str
    known: Known


def reads_of(
    expression: exp.Expr, path: str, known: Known, how: str = "value"
) -> Iterator[Read]:
    """Yield what an expression reads.

    Args:
        expression: A projection, or a condition.
        path: Which part of its value is asked for.
        known: What is known of the row.
        how: What it is read for.
    """
    yield from _walk(expression, _Way(how, path, known))


def _walk(node: exp.Expr, way: _Way) -> Iterator[Read]:
    for kinds, walk in _WALKS:
        if isinstance(node, kinds):
            yield from walk(node, way)
            return
    if isinstance(node, exp.AggFunc):
        # which rows there are decides what they add up to
        yield Read(None, "filter", "", way.known)
    yield from _children(node, way)


def _of_column(node: Any, way: _Way) -> Iterator[Read]:
    yield Read(node, way.how, way.path, way.known)


def _of_exists(node: Any, way: _Way) -> Iterator[Read]:
    yield Read(None, "condition", "", way.known, node.this.unnest())


def _of_query(node: Any, way: _Way) -> Iterator[Read]:
    yield Read(None, way.how, way.path, way.known, node.unnest())


def _of_count(node: Any, way: _Way) -> Iterator[Read]:
    yield Read(None, "filter", "", way.known)
    if isinstance(node.this, exp.Star | exp.Literal):
        yield Read(None, "rows", "", way.known)
    else:
        yield from _children(node, way)


def _of_is(node: Any, way: _Way) -> Iterator[Read]:
    """``joined.key is null`` may ask whether there is such a row."""
    if isinstance(node.this, exp.Column) and isinstance(node.expression, exp.Null):
        yield Read(node.this, way.how, "", way.known, is_test=True)
    else:
        yield from _children(node, way)


def _of_part(node: Any, way: _Way) -> Iterator[Read]:
    part = str(node.expression.name)
    yield from _walk(node.this, replace(way, path=joined(part, way.path)))


def _of_bracket(node: Any, way: _Way) -> Iterator[Read]:
    """``document['price']`` takes a part as ``document.price`` does."""
    key = node.expressions[0] if len(node.expressions) == 1 else None
    if isinstance(key, exp.Literal) and key.is_string:
        yield from _walk(node.this, replace(way, path=joined(key.name, way.path)))
    else:
        yield from _children(node, way)


def _of_struct(node: Any, way: _Way) -> Iterator[Read]:
    part, _, rest = re.sub(r"^([^.\[]+)\.?", "\\1\0", way.path).partition("\0")
    named = [
        each.expression
        for each in node.expressions
        if isinstance(each, exp.PropertyEQ) and each.name.lower() == part.lower()
    ]
    if named:
        yield from _walk(named[0], replace(way, path=rest))
    else:
        yield from _children(node, way)


def _of_order(node: Any, way: _Way) -> Iterator[Read]:
    """``list(amount order by paid_at)``: only what it is ordered by is aside."""
    if node.this is not None:
        yield from _walk(node.this, way)
    for each in node.expressions:
        yield from _walk(each, _Way("condition", "", way.known))


def _of_window(node: Any, way: _Way) -> Iterator[Read]:
    yield from _children(node, way)
    select = node.find_ancestor(exp.Select)
    for named in (select.args.get("windows") or ()) if select else ():
        if node.alias and named.name == node.alias:
            yield from _children(named, _Way("condition", "", way.known))


def _of_comprehension(node: Any, way: _Way) -> Iterator[Read]:
    """``[each.price for each in records]``: ``each`` is no column."""
    aside, parts = _Way("condition", "", way.known), [(node.this, way)]
    if node.args.get("condition") is not None:
        parts.append((node.args["condition"], aside))
    for part, inside in parts:
        for read in _walk(part, replace(inside, path="")):
            if read.column is not None and read.column.name == node.expression.name:
                inner = _Way(read.how, joined("[]", read.path), read.known)
                yield from _walk(node.args["iterator"], inner)
            else:
                yield read


def _of_list(node: Any, way: _Way) -> Iterator[Read]:
    inner = replace(way, path=joined("[]", way.path))
    for each in node.expressions if isinstance(node, exp.Unnest) else [node.this]:
        yield from _walk(each, inner)


def _children(node: exp.Expr, way: _Way) -> Iterator[Read]:
    is_open = isinstance(node, _TRANSPARENT) or (
        isinstance(node, exp.Anonymous) and node.name.lower() in _TRANSPARENT_NAMES
    )
    inside = way if is_open else replace(way, path="")
    for name, child in node.args.items():
        aside = name in ("partition_by", "order", "spec") or (
            isinstance(node, exp.Nullif | exp.Filter) and name == "expression"
        )
        for each in child if isinstance(child, list) else [child]:
            if not isinstance(each, exp.Expr):
                continue
            if aside or isinstance(each, _CONDITIONAL):
                yield from _walk(each, _Way("condition", "", way.known))
            else:
                yield from _walk(each, inside)


def _of_case(node: Any, way: _Way) -> Iterator[Read]:
    subject = unwrapped(node.this) if node.this is not None else None
    aside = _Way("condition", "", way.known)
    if node.this is not None:
        yield from _walk(node.this, aside)
    for branch in node.args["ifs"]:
        known = both(way.known, _said_by_branch(subject, branch.this))
        if contradicts(known):
            continue
        if subject is None:
            yield from _walk(branch.this, _Way("condition", "", known))
        yield from _walk(branch.args["true"], replace(way, known=known))
    default = node.args.get("default")
    if default is not None:
        yield from _walk(default, way)


def _said_by_branch(subject: exp.Expr | None, condition: exp.Expr) -> Known:
    if subject is None:
        return said_by(condition)
    value = literal_of(condition)
    if isinstance(subject, exp.Column) and value is not None:
        return {key_of(subject): frozenset({value})}
    return {}


def _of_json(node: Any, way: _Way) -> Iterator[Read]:
    path = json_path(node.expression)
    if path is None:
        yield from _walk(node.this, replace(way, path=""))
        yield from _walk(node.expression, _Way("condition", "", way.known))
    else:
        yield from _walk(node.this, replace(way, path=joined(path, way.path)))


_WALKS: tuple[tuple[Any, Callable[[Any, _Way], Iterator[Read]]], ...] = (
    (exp.Column, _of_column),
    (exp.Exists, _of_exists),
    (exp.Query, _of_query),
    (exp.Case, _of_case),
    (exp.Count, _of_count),
    (exp.Is, _of_is),
    ((exp.JSONExtract, exp.JSONExtractScalar), _of_json),
    ((exp.Dot, exp.StructExtract), _of_part),
    (exp.Bracket, _of_bracket),
    (exp.Struct, _of_struct),
    (exp.Order, _of_order),
    (exp.Window, _of_window),
    (exp.Comprehension, _of_comprehension),
    ((exp.Explode, exp.Unnest), _of_list),
)

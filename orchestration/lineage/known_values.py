"""What a query says about the values of columns: ``event_name = 'order_completed'``.

Such knowledge goes down with the columns: it tells which event a property is of, and
which branch of a case or a union a value can come from at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

Known = dict[tuple[str, str], frozenset[str]]
"""By table (as the query calls it) and column, the values that it can have."""
_WRAPPERS = (exp.Paren, exp.Cast, exp.TryCast, exp.Alias, exp.Lower, exp.Trim)


def unwrapped(expression: exp.Expr) -> exp.Expr:
    """Return an expression without casts, brackets and names around it."""
    while isinstance(expression, _WRAPPERS):
        expression = expression.this
    return expression


def literal_of(expression: exp.Expr) -> str | None:
    """Return the text of a literal; None for anything else."""
    plain = unwrapped(expression)
    if isinstance(plain, exp.Literal):
        return str(plain.this)
    return str(plain.this).lower() if isinstance(plain, exp.Boolean) else None


def alike(value: str) -> str:
    """Return a value as ``lower``, ``trim`` and casts may leave it."""
    text = value.strip().lower()
    try:
        return repr(float(text))
    except ValueError:
        return text


def key_of(column: exp.Column) -> tuple[str, str]:
    """Return table and name of a column in a query."""
    return column.table, column.name


def conditions_of(condition: exp.Expr | None) -> Iterator[exp.Expr]:
    """Yield the parts of a condition that all have to hold."""
    if condition is None:
        return
    plain = condition.this if isinstance(condition, exp.Where) else condition
    while isinstance(plain, exp.Paren):
        plain = plain.this
    if isinstance(plain, exp.And):
        yield from conditions_of(plain.this)
        yield from conditions_of(plain.expression)
    else:
        yield plain


def said_by(condition: exp.Expr | None) -> Known:
    """Return what holds wherever a condition holds."""
    found: Known = {}
    for part in conditions_of(condition):
        said = _comparison(part)
        if said is not None:
            narrow(found, *said)
    return found


def _comparison(part: exp.Expr) -> tuple[tuple[str, str], frozenset[str]] | None:
    if isinstance(part, exp.EQ):
        for one, other in ((part.this, part.expression), (part.expression, part.this)):
            column, value = unwrapped(one), literal_of(other)
            if isinstance(column, exp.Column) and value is not None:
                return key_of(column), frozenset({value})
    if isinstance(part, exp.In) and part.expressions:
        column = unwrapped(part.this)
        values = [literal_of(each) for each in part.expressions]
        if isinstance(column, exp.Column) and None not in values:
            return key_of(column), frozenset(each for each in values if each)
    return None


def narrow(known: Known, key: tuple[str, str], values: frozenset[str]) -> None:
    """Add what else is known of a column."""
    if key in known:
        others = {alike(each) for each in values}
        values = frozenset(each for each in known[key] if alike(each) in others)
    known[key] = values


def both(known: Mapping[tuple[str, str], frozenset[str]], more: Known) -> Known:
    """Return two pieces of knowledge in one."""
    found = dict(known)
    for key, values in more.items():
        narrow(found, key, values)
    return found


def contradicts(known: Known) -> bool:
    """Whether no row can be so."""
    return any(not values for values in known.values())

"""What is selected of a PostgreSQL column, so that the warehouse can hold every value.

PostgreSQL has times without end, numbers that are none and numbers of any length. One
of them in one row would stop the whole source. So the database is asked for the nearest
value that fits: the last day there is for ``infinity``, nothing for ``NaN``, nine
decimals of a number without a declared scale. Types that the warehouse lacks come as
text, as PostgreSQL writes them, and JSON as it stands, with numbers of any size.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

LATEST, EARLIEST = "9999-12-31", "0001-01-02"
MOST_DIGITS = 38
_DECIMALS = 9
_LARGEST = f"1e{MOST_DIGITS - _DECIMALS}"
_AS_TEXT = (
    sa.types.NullType,
    sa.Interval,
    sa.JSON,
    postgresql.INTERVAL,
    postgresql.CIDR,
    postgresql.MACADDR,
    postgresql.MACADDR8,
    postgresql.JSONB,
)
_LAST_TIME = "23:59:59.999999"


def selected(table: sa.Table, exact: Collection[str]) -> list[sa.ColumnElement[Any]]:
    """Return what to select, under the names of the columns.

    Args:
        table: The table.
        exact: The columns that must be as they are: those that order the rows. One
            that the warehouse has no type for is text all the same.
    """
    return [
        column
        if column.name in exact and not _is_text(column)
        else _readable(column).label(column.name)
        for column in table.c
    ]


def is_json(column: sa.Column[Any]) -> bool:
    """Return whether a column holds JSON, which is selected as text."""
    return isinstance(column.type, sa.JSON)


def is_wide(column: sa.Column[Any]) -> bool:
    """Return whether a number is too wide for the warehouse, and selected as text."""
    kind = column.type
    if isinstance(kind, sa.Float):  # the digits of its precision are binary ones
        return False
    return isinstance(kind, sa.Numeric) and (kind.precision or 0) > MOST_DIGITS


def summed(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """Return the sum of the numbers of a column that the warehouse can hold."""
    if not isinstance(column.type, sa.Numeric):
        return sa.func.sum(column)
    largest = sa.cast(sa.literal(_LARGEST), sa.Numeric)
    return sa.func.sum(sa.case((sa.func.abs(column) < largest, column)))


def has_end(column: sa.Column[Any]) -> sa.ColumnElement[bool]:
    """Return the condition that a value of a column is there, and no infinity."""
    if not isinstance(column.type, sa.DateTime | sa.Date):
        return column.is_not(None)
    low, high = (sa.cast(sa.literal(day), column.type) for day in (EARLIEST, LATEST))
    return column.between(low, high)


def _is_text(column: sa.Column[Any]) -> bool:
    return isinstance(column.type, (*_AS_TEXT, postgresql.INET))


def _readable(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    kind = column.type
    if isinstance(kind, sa.DateTime | sa.Date):
        return _bounded(column, EARLIEST, LATEST)
    if isinstance(kind, sa.Time):
        return _bounded(column, "00:00", _LAST_TIME)
    if isinstance(kind, postgresql.INET):  # as text it would be 10.0.0.1/32
        return sa.func.abbrev(column)
    if isinstance(kind, sa.Numeric) and kind.asdecimal:
        return _number(column)
    return sa.cast(column, sa.Text) if isinstance(kind, _AS_TEXT) else column


def _bounded(
    column: sa.Column[Any], lowest: str, highest: str
) -> sa.ColumnElement[Any]:
    low, high = (sa.cast(sa.literal(one), column.type) for one in (lowest, highest))
    return sa.case((column > high, high), (column < low, low), else_=column)


def _number(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    if is_wide(column):
        return sa.cast(column, sa.Text)
    if getattr(column.type, "precision", None) is None:
        largest = sa.cast(sa.literal(_LARGEST), sa.Numeric)
        rounded = sa.func.round(column, _DECIMALS, type_=column.type)
        return sa.case((sa.func.abs(column) < largest, rounded))
    not_a_number = sa.cast(sa.literal("NaN"), sa.Numeric)
    return sa.case((column != not_a_number, column))

"""One number of a table, asked of its source and of the warehouse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

TOLERANCE = Decimal("0.001")
"""The share that may differ: the source goes on while it is compared."""

Ask = Callable[[], Decimal]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that both sides are asked for.

    Attributes:
        table: The table in ``raw_<source>``.
        what: ``count``, or ``sum of <column>``.
        asked: What was asked for, in a few words, such as ``all rows``.
        in_source: The source's answer.
        expression: SQL aggregate over the raw table.
        condition: SQL condition that leaves the same rows; "" for all.
        tolerance: The share of the source's number that may differ.
    """

    table: str
    what: str
    asked: str
    in_source: Decimal
    expression: str = "count(*)"
    condition: str = ""
    tolerance: Decimal = TOLERANCE

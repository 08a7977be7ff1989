"""What a PostgreSQL and a folder of files answer: counts and sums of all rows."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import sqlalchemy as sa

from cdp.settings import Settings
from ingestion.reconciliation.figure import Figure
from ingestion.sources import file_store, postgres
from ingestion.sources.sql_columns import summed
from ingestion.sources.sql_types import DELETED_AT, column_name

_THERE = f"{DELETED_AT} is null"
_NUMBER = "decimal(38, 9)"


def of_postgres(settings: Settings, name: str) -> Iterator[Figure]:
    """Yield the count of each table, and the sum of the column that is declared."""
    with postgres.connected(settings, name) as engine, engine.connect() as connection:
        for reading in postgres.readings(settings, name, engine):
            table = reading.table
            there: sa.ColumnElement[bool] = sa.true()
            if reading.deleted is not None:
                mark = table.c[reading.deleted]
                is_flag = isinstance(mark.type, sa.Boolean)
                there = mark.is_not(True) if is_flag else mark.is_(None)
            count = sa.select(sa.func.count()).select_from(table).where(there)
            found = Decimal(connection.scalar(count) or 0)
            yield Figure(reading.name, "count", "all rows", found, condition=_THERE)
            if reading.total is not None:
                column = table.c[reading.total]
                total = connection.scalar(sa.select(summed(column)).where(there))
                yield Figure(
                    reading.name,
                    f"sum of {reading.total}",
                    "all rows",
                    Decimal(str(total or 0)),
                    # a number of any length is text here
                    f'sum(try_cast("{column_name(reading.total)}" as {_NUMBER}))',
                    _THERE,
                )


def of_files(settings: Settings, name: str) -> Iterator[Figure]:
    """Yield how many lines the files of each table have, and the declared sum."""
    for pattern in file_store.patterns(settings, name):
        count, total = file_store.totals(settings, name, pattern)
        yield Figure(
            pattern.table, "count", "all lines", Decimal(count), condition=_THERE
        )
        if pattern.total:
            yield Figure(
                pattern.table,
                f"sum of {pattern.total}",
                "all lines",
                total,
                f'sum("{pattern.total}")',
                _THERE,
            )

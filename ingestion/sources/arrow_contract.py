"""The schema contract for Arrow tables: a column keeps the type the warehouse has.

A source's column may change its type from one day to the next. The values that still
fit are cast; a row with one that does not is kept apart with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb
import pyarrow as pa

from cdp.settings import Settings
from ingestion.sources.contract import Document, refused_row

Types = Mapping[str, pa.DataType]


def known_types(settings: Settings, schema: str) -> dict[str, dict[str, pa.DataType]]:
    """Return the types of the columns of each table of a schema of the warehouse."""
    if not settings.warehouse_path.exists():
        return {}
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        tables = connection.execute(
            "select table_name from duckdb_tables() where schema_name = ?", [schema]
        ).fetchall()
        found = {}
        for (table,) in tables:
            rows = connection.execute(f'select * from "{schema}"."{table}" limit 0')  # noqa: S608 - names that dlt made
            found[str(table)] = {
                field.name: field.type for field in rows.to_arrow_table().schema
            }
    return found


def fit(
    page: pa.Table, known: Types, keys: tuple[str, ...]
) -> tuple[pa.Table, list[Document]]:
    """Return a page in the known types, and its rows that do not fit them.

    Args:
        page: Rows of one table.
        known: The types of the columns that the warehouse has.
        keys: The columns that tell rows apart.
    """
    misfits: dict[int, list[str]] = {}
    for index, field in enumerate(page.schema):
        wanted = known.get(field.name)
        if wanted is None or wanted == field.type or pa.types.is_null(field.type):
            continue
        column, unfit = _cast(page.column(index), wanted)
        for row in unfit:
            reason = f"{field.name}: {wanted} expected, {field.type} came"
            misfits.setdefault(row, []).append(reason)
        page = page.set_column(index, field.name, column)
    if not misfits:
        return page, []
    apart = page.take(list(misfits)).to_pylist()
    refused = [
        refused_row(_key(row, keys), "; ".join(reasons), row)
        for row, reasons in zip(apart, misfits.values(), strict=True)
    ]
    keep = [index not in misfits for index in range(page.num_rows)]
    return page.filter(pa.array(keep)), refused


def _key(row: dict[str, Any], keys: tuple[str, ...]) -> str:
    return "/".join(str(row.get(name)) for name in keys)


def _cast(column: Any, wanted: pa.DataType) -> tuple[Any, list[int]]:
    """Return a column in another type, and the rows whose value does not fit it."""
    try:
        return column.cast(wanted, safe=True), []
    except pa.ArrowException:
        pass
    values, unfit = [], []
    for index, scalar in enumerate(column):
        try:
            values.append(scalar.cast(wanted, safe=True).as_py())
        except (pa.ArrowException, ValueError):
            values.append(None)
            unfit.append(index)
    return pa.chunked_array([pa.array(values, wanted)]), unfit

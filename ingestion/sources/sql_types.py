"""Names and types of a SQL table's columns, as the warehouse has them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from dlt.common.libs.pyarrow import get_column_type_from_py_arrow
from dlt.common.normalizers.naming.snake_case import NamingConvention

DELETED_AT = "_deleted_at"
_MOMENT = pa.timestamp("us", tz="UTC")


@cache
def column_name(name: str) -> str:
    """Return what a column is called in the warehouse."""
    return str(NamingConvention().normalize_identifier(name))


def kept_types(
    columns: Mapping[str, Any], known: Mapping[str, pa.DataType]
) -> dict[str, Any]:
    """Return dlt's hints of the columns whose type is another one in the warehouse.

    Args:
        columns: dlt's columns by name, as the source has them now.
        known: The types of the warehouse.
    """
    kept = {}
    for name, column in columns.items():
        held = known.get(column_name(name))
        if held is None:
            continue
        hint = get_column_type_from_py_arrow(held)
        same = {hint["data_type"], "json" if hint["data_type"] == "text" else ""}
        if column.get("data_type") not in same:
            kept[name] = {**hint, "name": name}
    return kept


def marked(page: pa.Table, deleted: str | None, cursor: str | None) -> pa.Table:
    """Return rows under the warehouse's names, with when each was deleted.

    Args:
        page: Rows as the database has them.
        deleted: The column that marks a deleted row with a time or with true.
        cursor: The column with the time of change, which stands in for true.
    """
    nothing = pa.nulls(page.num_rows, _MOMENT)
    moments: Any = nothing
    if deleted is not None:
        mark = page.column(deleted)
        if pa.types.is_boolean(mark.type):
            # without a time of change it was deleted before it was read
            since = page.column(cursor).cast(_MOMENT) if cursor else _now()
            moments = pc.if_else(mark, since, nothing)
        elif not pa.types.is_null(mark.type):
            moments = mark.cast(_MOMENT)
    named = page.rename_columns([column_name(name) for name in page.column_names])
    return named.append_column(DELETED_AT, moments)


def _now() -> Any:
    return pa.scalar(datetime.now(UTC), _MOMENT)

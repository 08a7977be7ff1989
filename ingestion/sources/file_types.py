"""The types of a file's columns, as Arrow has them and as the warehouse holds them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

from ingestion.sources.contract import DataType, Unfit, convert

PLACES = 9
_LARGEST = 10**29
TYPES: Mapping[str, pa.DataType] = {
    "text": pa.string(),
    "json": pa.string(),
    "bigint": pa.int64(),
    "decimal": pa.decimal128(38, 9),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}


def in_type(value: Any, kind: DataType) -> Any:
    """Return a value in its declared type; a price of a file may have nine places.

    Raises:
        Unfit: It does not fit.
    """
    if kind != "decimal":
        return convert(value, kind)
    try:
        amount = Decimal(str(value))
    except InvalidOperation as error:
        came = "a text" if isinstance(value, str) else f"a {type(value).__name__}"
        raise Unfit(f"decimal expected, {came} came") from error
    if not amount.is_finite() or abs(amount) >= _LARGEST:
        raise Unfit("decimal expected, no number of such a size came")
    if amount != round(amount, PLACES):
        raise Unfit(f"decimal expected, more than {PLACES} places came")
    return amount


def without_durations(table: pa.Table) -> pa.Table:
    """Return a table with spans of time as numbers, which the warehouse can hold."""
    for index, column in enumerate(table.schema):
        if pa.types.is_duration(column.type):
            numbers = table.column(index).cast(pa.int64())
            table = table.set_column(index, column.name, numbers)
    return table

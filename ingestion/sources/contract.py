"""What a value must be to land in a column: new columns are welcome, other types not.

A declared field that does not fit its type refuses its record: the last good version of
it stays. A field that nobody declared takes the type of its first value; where a later
one does not fit, the record lands without it. Either way the record is kept as it came,
with the reason, in ``<table>__refused``, and leaves it when it arrives well again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import dlt
from dlt.common.data_types import coerce_value, py_type_to_sc_type
from dlt.common.schema.utils import autodetect_sc_type, standard_type_detections

DataType = Literal["text", "bigint", "decimal", "bool", "json", "date", "timestamp"]
Document = dict[str, Any]

REFUSED_SUFFIX = "__refused"
_LARGEST_BIGINT = 2**63
_CENT = Decimal("0.01")
_REFUSED_COLUMNS: dict[str, dict[str, Any]] = {
    "record_key": {"data_type": "text"},
    "line": {"data_type": "bigint"},
    "reason": {"data_type": "text"},
    "document": {"data_type": "text"},
    "refused_at": {"data_type": "timestamp"},
}


class Unfit(Exception):
    """A record does not fit its table; the message names fields and types, no value."""


def refused_row(key: object, reason: str, document: object, line: int = 0) -> Document:
    """Return the row that keeps a refused record.

    Args:
        key: The record's key; of a line, its file.
        reason: Why, without any value.
        document: The record as it came.
        line: Its line in the file; 0 where there is none.
    """
    text = document if isinstance(document, str) else json.dumps(document, default=str)
    return {
        "record_key": str(key),
        "line": line,
        "reason": reason,
        "document": text,
        "refused_at": datetime.now(UTC),
    }


def refused(table: str, rows: list[Document]) -> Any:
    """Return refused rows as what the dlt resource of ``table`` yields for them."""
    name = f"{table}{REFUSED_SUFFIX}"
    hints = dlt.mark.make_hints(
        table_name=name,
        columns=_REFUSED_COLUMNS,  # type: ignore[arg-type] # dlt's own TypedDict
        primary_key=("record_key", "line"),
        write_disposition="merge",
    )
    # the public way begins with the hints of the resource's own table
    dlt.current.resource()._set_hints(hints, create_table_variant=True)  # noqa: SLF001
    return dlt.mark.with_table_name(rows, name)


def moment(value: Any) -> datetime:
    """Return a vendor's time (ISO-8601 text or Unix seconds) in UTC.

    Raises:
        ValueError: It is neither.
    """
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    return moment(datetime.fromisoformat(str(value)))


def convert(value: Any, data_type: DataType) -> Any:
    """Return a value in a declared type.

    Raises:
        Unfit: It does not fit; the message says what came instead.
    """
    try:
        return CONVERSIONS[data_type](value)
    except (ValueError, TypeError, OverflowError, OSError, InvalidOperation) as error:
        raise Unfit(f"{data_type} expected, {_described(value)} came") from error


def to_cents(value: Any) -> Any:
    """Return a figure rounded to cents, and what is no figure as it is.

    For the figures that a vendor does not keep in cents itself; the contract says what
    is wrong with the others, and keeps their rows apart.
    """
    try:
        return Decimal(str(value)).quantize(_CENT)
    except InvalidOperation:
        return value


def storable(value: Any) -> Any:
    """Return a JSON value with numbers beyond 64 bits as text, and sound Unicode."""
    if isinstance(value, dict):
        return {storable(name): storable(value[name]) for name in value}
    if isinstance(value, list | tuple):
        return [storable(one) for one in value]
    if isinstance(value, str):  # half a pair of surrogates is no character
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, int) and not -_LARGEST_BIGINT <= value < 2 * _LARGEST_BIGINT:
        return str(value)
    return value


@dataclass(slots=True)
class SeenTypes:
    """The types of the fields that nobody declared.

    Attributes:
        types: dlt's type by column, as the warehouse has it.
        column_of: How a field's name becomes a column's.
    """

    types: dict[str, Any]
    column_of: Callable[[str], str]
    _columns: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of_table(cls, table: str) -> SeenTypes:
        """Return what the pipeline that is running knows of a table."""
        schema = dlt.current.source_schema()
        found = schema.tables.get(schema.naming.normalize_table_identifier(table), {})
        types = {
            name: column["data_type"]
            for name, column in found.get("columns", {}).items()
            if "data_type" in column
        }
        return cls(types, schema.naming.normalize_identifier)

    def misfit(self, name: str, value: Any) -> str:
        """Return why a value may not stand in its column; "" where it may."""
        if value is None:
            return ""
        column = self._columns.get(name)
        if column is None:
            column = self._columns[name] = self.column_of(name)
        if _is_too_large(value):
            return f"{name}: more than 64 bits came"
        arrived = py_type_to_sc_type(type(value))
        known = self.types.get(column)
        if known is None:
            detected = autodetect_sc_type(
                standard_type_detections(), type(value), value
            )
            self.types[column] = detected or arrived
            return ""
        if known in {arrived, "text"}:
            return ""
        try:
            coerced = coerce_value(known, arrived, value)
        except Exception:  # noqa: BLE001 - its parsers raise what they like
            coerced = None
        if coerced is None or _is_too_large(coerced):
            return f"{name}: {known} expected, {_described(value)} came"
        return ""


def _is_too_large(value: Any) -> bool:
    return isinstance(value, int) and not -_LARGEST_BIGINT <= value < _LARGEST_BIGINT


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        raise TypeError
    return str(value)


def _bigint(value: Any) -> int:
    if isinstance(value, bool | dict | list):
        raise TypeError
    if isinstance(value, float) and not value.is_integer():
        raise ValueError
    whole = int(value)
    if not -_LARGEST_BIGINT <= whole < _LARGEST_BIGINT:
        raise OverflowError
    return whole


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool | dict | list):
        raise TypeError
    amount = Decimal(str(value))
    # decimal(18, 2): what it cannot hold exactly is not money as we know it
    if not amount.is_finite() or abs(amount) >= 10**16:
        raise ValueError
    if amount != round(amount, 2):
        raise Unfit("decimal expected, more than two places came")
    return amount


def _bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value not in {"true", "false", "True", "False"}:
        raise ValueError
    return bool(value.lower() == "true")


def _day(value: Any) -> date:
    return date.fromisoformat(str(value)[:10])


CONVERSIONS: Mapping[str, Callable[[Any], Any]] = {
    "text": _text,
    "bigint": _bigint,
    "decimal": _decimal,
    "bool": _bool,
    "json": lambda value: value,
    "date": _day,
    "timestamp": moment,
}
_NAMES = {bool: "a truth value", int: "a number", float: "a number", str: "a text"}


def _described(value: Any) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return _NAMES.get(type(value), f"a {type(value).__name__}")

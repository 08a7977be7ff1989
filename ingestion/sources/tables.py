"""What a table of a SaaS source is: a declaration, checked when it is made.

Columns are declared so that an empty table has all of them and a number stays a number.
Fields that are not declared land too, as new columns; nested ones stay JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import dlt

ROWS_PER_LOAD = 50_000
"""A first load of a large tool is cut into loads of this size, each of them kept."""

DataType = Literal["text", "bigint", "decimal", "bool", "json", "date", "timestamp"]
Document = dict[str, Any]
State = dict[str, Any]
Read = Callable[[State], Iterator[list[Document]]]


def columns(**names_by_type: str) -> dict[str, DataType]:
    """Return fields by type, from one string of field names for each type."""
    return {
        name: data_type  # type: ignore[misc] # checked by Table
        for data_type, names in names_by_type.items()
        for name in names.split()
    }


@dataclass(frozen=True, slots=True)
class Table:
    """One table of one tool.

    Attributes:
        name: The table, as the vendor names the object, in lower case.
        key: The field that says which rows are the same record.
        columns: Declared fields, by the vendor's own names, with their types.
        cursor: The field that moves when a record changes; None where there is none.
    """

    name: str
    key: str
    columns: Mapping[str, DataType]
    cursor: str | None = None

    def __post_init__(self) -> None:
        """Check that key and cursor are declared, and every type is known."""
        for field in (self.key, self.cursor):
            if field is not None and field not in self.columns:
                message = f"{self.name}: {field} is not declared"
                raise ValueError(message)
        unknown = {str(each) for each in self.columns.values()} - set(_CONVERSIONS)
        if unknown:
            message = f"{self.name}: unknown types {sorted(unknown)}"
            raise ValueError(message)

    def dlt_columns(self) -> Any:
        """Return the declared types as dlt takes them."""
        hints: dict[str, dict[str, Any]] = {}
        for name, data_type in self.columns.items():
            hints[name] = {"data_type": data_type}
            if data_type == "decimal":
                hints[name] |= {"precision": 18, "scale": 2}
        return hints

    def row(self, document: Document) -> Document:
        """Return a document with its declared fields in their types.

        A value that does not fit its type is left as it is: dlt then keeps it in a
        column of its own beside the declared one.
        """
        converted = dict(document)
        for name, data_type in self.columns.items():
            value = converted.get(name)
            if value is not None:
                converted[name] = _convert(value, data_type)
        return converted


def resource(table: Table, read: Read, rows_per_load: int = ROWS_PER_LOAD) -> Any:
    """Return the dlt resource that merges what ``read`` finds into a table.

    Args:
        table: The table.
        read: Yields pages of documents; it notes in the state it is given how far it
            is before it yields a page, so that the next load goes on after it.
        rows_per_load: Stop after so many rows; the rest is for the next load.
    """

    @dlt.resource(
        name=table.name,
        primary_key=table.key,
        write_disposition="merge",
        columns=table.dlt_columns(),
    )
    def rows() -> Iterator[Any]:
        yield dlt.mark.materialize_table_schema()
        count = 0
        for documents in read(dlt.current.resource_state()):
            yield [table.row(document) for document in documents]
            count += len(documents)
            if count >= rows_per_load:
                return

    return rows


def moment(value: Any) -> datetime:
    """Return a vendor's time (ISO-8601 text or Unix seconds) in UTC.

    Raises:
        ValueError: It is neither.
    """
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    parsed = datetime.fromisoformat(str(value))
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _day(value: Any) -> date:
    return date.fromisoformat(str(value)[:10])


_CONVERSIONS: Mapping[str, Callable[[Any], Any]] = {
    "text": lambda value: value if isinstance(value, dict | list) else str(value),
    "bigint": lambda value: value,
    "decimal": lambda value: Decimal(str(value)),
    "bool": lambda value: value,
    "json": lambda value: value,
    "date": _day,
    "timestamp": moment,
}


def _convert(value: Any, data_type: DataType) -> Any:
    try:
        return _CONVERSIONS[data_type](value)
    except (ValueError, OverflowError, OSError, InvalidOperation):
        return value

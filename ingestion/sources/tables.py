"""What a table of a SaaS source is: a declaration, checked when it is made.

Columns are declared so that an empty table has all of them and a number stays a number.
Fields that are not declared land too, as new columns; nested ones stay JSON. What does
not fit is kept apart with its reason (``contract.py``), and each page that was read is
written down, so that a load that is killed goes on after it (``journal.py``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import dlt

from ingestion.sources.contract import (
    CONVERSIONS,
    DataType,
    Document,
    SeenTypes,
    Unfit,
    convert,
    moment,
    refused,
    refused_row,
)
from ingestion.sources.journal import Read, State, journal_of

__all__ = [
    "ROWS_PER_LOAD",
    "Document",
    "State",
    "Table",
    "columns",
    "moment",
    "resource",
]

ROWS_PER_LOAD = 50_000
"""A first load of a large tool is cut into loads of this size, each of them kept."""


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
        unknown = {str(each) for each in self.columns.values()} - set(CONVERSIONS)
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

        Raises:
            Unfit: A declared field does not fit, or the key is missing.
        """
        if document.get(self.key) is None:
            raise Unfit(f"{self.key}: the key is missing")
        converted = dict(document)
        reasons = []
        for name, data_type in self.columns.items():
            value = converted.get(name)
            if value is not None:
                try:
                    converted[name] = convert(value, data_type)
                except Unfit as unfit:
                    reasons.append(f"{name}: {unfit}")
        if reasons:
            raise Unfit("; ".join(reasons))
        return converted

    def fit(
        self, documents: list[Document], seen: SeenTypes
    ) -> tuple[list[Document], list[Document]]:
        """Return the rows that may land, and those that are kept apart.

        Args:
            documents: One page.
            seen: The types of the fields that are not declared.
        """
        rows, kept_apart = [], []
        for document in documents:
            try:
                row = self.row(document)
            except Unfit as unfit:
                reason = str(unfit)
            else:
                reason = self._drop_misfits(row, seen)
                rows.append(row)
            if reason:
                kept_apart.append(refused_row(self._name(document), reason, document))
        return rows, kept_apart

    def _name(self, document: Document) -> str:
        """Return a record's key; of one without, what tells its content apart."""
        key = document.get(self.key)
        if key is not None:
            return str(key)
        content = json.dumps(document, default=str, sort_keys=True).encode()
        return f"without a key: {hashlib.sha256(content).hexdigest()[:16]}"

    def _drop_misfits(self, row: Document, seen: SeenTypes) -> str:
        misfits = {
            name: misfit
            for name, value in row.items()
            if name not in self.columns and (misfit := seen.misfit(name, value))
        }
        for name in misfits:
            del row[name]
        return "; ".join(misfits.values())


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
    def found() -> Iterator[Any]:
        yield dlt.mark.materialize_table_schema()
        count, seen = 0, SeenTypes.of_table(table.name)
        state = dlt.current.resource_state()
        for documents in journal_of(table.name).pages(read, state):
            rows, kept_apart = table.fit(documents, seen)
            yield rows
            if kept_apart:
                yield refused(table.name, kept_apart)
            count += len(rows)  # of what landed: it says whether more is asked for
            if count >= rows_per_load:
                return

    return found

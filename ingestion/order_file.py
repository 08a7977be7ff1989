"""Read a Parquet or CSV file of order lines, invoice by invoice.

The file is looked through before anything is sent: a row that cannot be read stops the
import with its number, so that what is sent is all there is. Sorting is DuckDB's, which
spills to disk, so the file may be larger than memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import duckdb

from cdp.errors import Misconfigured, Rejected
from cdp.quoting import literal, quoted
from ingestion.order_mapping import OrderMapping

_FETCH_ROWS = 10_000
_FAULTS = {
    "invoice is null": "no invoice number",
    "product is null": "no product code",
    "quantity is null": "a quantity that is no whole number",
    "price is null": "a price that is no number with at most 4 decimals",
    "ordered_at is null": "a time that cannot be read",
}


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One row of the file, its codes trimmed and its numbers exact."""

    invoice: str
    product: str
    name: str | None
    quantity: int
    price: Decimal
    ordered_at: datetime
    customer: str | None
    country: str | None


@dataclass(frozen=True, slots=True)
class FileTotals:
    """What the file holds, counted by DuckDB and not by the import.

    Attributes:
        lines: Rows.
        invoices: Distinct invoice numbers.
        amount: Exact sum of quantity x price.
    """

    lines: int
    invoices: int
    amount: Decimal


class OrderFile:
    """An order file that has been looked through.

    Args:
        path: Parquet, or CSV with a header.
        mapping: Which column is what.

    Raises:
        Misconfigured: The file or one of its columns is missing.
        Rejected: Rows cannot be read, or an invoice belongs to two customers.
    """

    def __init__(self, path: Path, mapping: OrderMapping) -> None:
        self._connection = duckdb.connect()
        self._connection.execute("set TimeZone = 'UTC'")
        self._path = path
        self._create_view(mapping)
        self._refuse_faults()
        self._refuse_shared_invoices()
        self.totals = self._count()

    def invoices(self) -> Iterator[list[OrderLine]]:
        """Yield the lines of each invoice, invoices by their first row."""
        cursor = self._connection.cursor()
        cursor.execute(
            "select invoice, product, name, quantity, price, ordered_at, customer,"
            " country from order_lines"
            " order by min(row) over (partition by invoice), row"
        )
        for _, lines in groupby(self._lines(cursor), key=attrgetter("invoice")):
            yield list(lines)

    def _lines(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[OrderLine]:
        while rows := cursor.fetchmany(_FETCH_ROWS):
            for row in rows:
                yield OrderLine(*row)

    def _create_view(self, mapping: OrderMapping) -> None:
        if not self._path.is_file():
            raise Misconfigured("there is no such file", place=str(self._path))
        parquet = self._path.suffix.lower() in {".parquet", ".pq"}
        name = literal(str(self._path))
        relation = (
            f"read_parquet({name}, file_row_number = true)"
            if parquet
            else f"read_csv({name}, header = true, all_varchar = true)"
        )
        try:
            present = set(self._connection.sql(f"from {relation}").columns)
        except duckdb.Error as error:
            raise Rejected(
                f"neither Parquet nor CSV: {str(error).splitlines()[0]}",
                place=str(self._path),
            ) from error
        missing = sorted(set(mapping.columns.values()) - present)
        if missing:
            raise Misconfigured(
                f"no column {', '.join(missing)}",
                place=str(self._path),
                fix=f"Set `columns` in {mapping.path} to the file's own names",
            )
        row = "file_row_number + 1" if parquet else "row_number() over ()"
        self._connection.execute(
            f"create view order_lines as {_query(mapping, relation, row)}"
        )

    def _refuse_faults(self) -> None:
        for condition, fault in _FAULTS.items():
            count, first = self._one(
                "select count(*), min(row) from order_lines"  # noqa: S608 - our own
                f" where {condition}"
            )
            if count:
                raise Rejected(
                    f"{count:,} rows have {fault}, the first is row {first:,};"
                    " nothing was sent",
                    place=str(self._path),
                    fix="Correct the file, or the columns in the mapping",
                )

    def _refuse_shared_invoices(self) -> None:
        count, first = self._one(
            "select count(*), min(invoice) from (select invoice from order_lines"
            " group by invoice having count(distinct coalesce(customer, '')) > 1)"
        )
        if count:
            raise Rejected(
                f"{count:,} invoices belong to several customers, such as {first};"
                " nothing was sent",
                place=str(self._path),
            )

    def _count(self) -> FileTotals:
        lines, invoices, amount = self._one(
            "select count(*), count(distinct invoice),"
            " coalesce(sum(quantity * price), 0) from order_lines"
        )
        return FileTotals(lines, invoices, Decimal(amount))

    def _one(self, query: str) -> tuple[Any, ...]:
        found = self._connection.execute(query).fetchone()
        assert found is not None  # noqa: S101 - an aggregate has one row
        return found


def _query(mapping: OrderMapping, relation: str, row: str) -> str:
    text = {
        field: f"nullif(trim(cast({quoted(column)} as varchar)), '')"
        for field, column in mapping.columns.items()
    }
    quantity, price = text["quantity"], text["price"]
    return f"""
        select
            {text["invoice"]} as invoice,
            {text["product"]} as product,
            {text["name"]} as name,
            case when try_cast({quantity} as double) = try_cast({quantity} as bigint)
                then try_cast({quantity} as bigint) end as quantity,
            case when try_cast({price} as double)
                = cast(try_cast({price} as decimal(18, 4)) as double)
                then try_cast({price} as decimal(18, 4)) end as price,
            try_cast({text["ordered_at"]} as timestamp) as ordered_at,
            -- a float column with nulls makes 13085.0 of the number 13085
            regexp_replace({text["customer"]}, '\\.0+$', '') as customer,
            {text["country"]} as country,
            {row} as row
        from {relation}
    """  # noqa: S608 - column names of the mapping, quoted

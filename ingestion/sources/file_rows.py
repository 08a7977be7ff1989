"""The rows of one file, and the lines of it that are none."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.sources.contract import (
    DataType,
    Document,
    Unfit,
    refused_row,
    storable,
)
from ingestion.sources.file_types import TYPES, in_type, without_durations
from ingestion.sources.sql_types import column_name

BATCH_ROWS = 10_000
MOST_REFUSED = 1_000
"""More lines of one file than this are only counted."""
LINE = "_line"
csv.field_size_limit(2**30)  # a field may be larger than 128 KB
_DELIMITERS = (",", ";", "\t", "|")


@dataclass(slots=True)
class FileReader:
    """Reads one file into Arrow tables of typed columns.

    Attributes:
        name: The file, below the folder.
        columns: The declared types; a field without one is text.
        delimiter: What separates the fields of a CSV; found out where it is "".
        refused: What is no row, in the order of the lines.
        refused_count: How many lines are none.
    """

    name: str
    columns: Mapping[str, DataType]
    delimiter: str = ""
    refused: list[Document] = field(default_factory=list)
    refused_count: int = 0

    def batches(self, file: Any) -> Iterator[pa.Table]:
        """Yield the rows.

        Args:
            file: dlt's item of the file.

        Raises:
            Unfit: The file as a whole cannot be read.
        """
        read = _FORMATS.get(_suffix(self.name))
        if read is None:
            raise Unfit("no CSV, Parquet or JSON Lines file, by its name")
        try:
            with file.open(mode="rb") as opened:
                yield from read(self, opened)
        except Unfit:
            raise
        except (pa.ArrowException, OSError, EOFError, ValueError) as error:
            raise Unfit(f"it cannot be read ({type(error).__name__})") from error

    def finished(self) -> list[Document]:
        """Return what is kept of the lines that are no rows."""
        more = self.refused_count - len(self.refused)
        if more:
            self.refused.append(refused_row(self.name, f"{more:,} more lines", ""))
        return self.refused

    def csv(self, opened: Any) -> Iterator[pa.Table]:
        """Yield the rows of a CSV."""
        with io.TextIOWrapper(
            opened, encoding="utf-8-sig", errors="surrogateescape", newline=""
        ) as text:
            first = text.readline()
            delimiter = self.delimiter or max(_DELIMITERS, key=first.count)
            names = _header(next(csv.reader([first], delimiter=delimiter), []))
            lines = csv.reader(text, delimiter=delimiter, strict=True)
            yield from self._typed(self._records(lines, names, delimiter), names)

    def jsonl(self, opened: Any) -> Iterator[pa.Table]:
        """Yield the rows of a file with one JSON object a line."""
        lines = list(self._objects(opened))
        names = tuple(dict.fromkeys(name for _, record in lines for name in record))
        yield from self._typed(iter(lines), names)

    def _objects(self, opened: Any) -> Iterator[tuple[int, Document]]:
        for number, line in enumerate(opened, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except ValueError:
                self._refuse(number, "no JSON", line.decode(errors="replace"))
                continue
            if not isinstance(record, dict):
                self._refuse(number, "no JSON object", record)
                continue
            if b"\\ud" in line.lower():  # perhaps half a character
                record = storable(record)
            yield number, {column_name(key): record[key] for key in record}

    def parquet(self, opened: Any) -> Iterator[pa.Table]:
        """Yield the rows of a Parquet file, in its own types."""
        number = 1
        for batch in pq.ParquetFile(opened).iter_batches(BATCH_ROWS):
            table = without_durations(pa.table(batch))
            names = [column_name(name) for name in table.column_names]
            lines = pa.array(range(number, number + table.num_rows), pa.int64())
            number += table.num_rows
            yield table.rename_columns(names).append_column(LINE, lines)

    def _records(
        self, lines: Any, names: tuple[str, ...], delimiter: str
    ) -> Iterator[tuple[int, Document]]:
        while True:
            first = lines.line_num + 2
            try:
                values = next(lines)
            except StopIteration:
                return
            except csv.Error as error:
                reason = f"no CSV: {error}; it begins in line {first}"
                self._refuse(lines.line_num + 1, reason, "")
                continue
            number = lines.line_num + 1
            reason = _unlike(values, names)
            if reason and values:
                line = delimiter.join(values).encode(errors="replace").decode()
                self._refuse(number, reason, line)
            elif values:
                yield (
                    number,
                    {
                        name: value or None
                        for name, value in zip(names, values, strict=True)
                    },
                )

    def _typed(
        self, records: Iterator[tuple[int, Document]], names: tuple[str, ...]
    ) -> Iterator[pa.Table]:
        rows: list[Document] = []
        for number, record in records:
            try:
                rows.append({**self._row(record), LINE: number})
            except Unfit as unfit:
                self._refuse(number, str(unfit), record)
            if len(rows) >= BATCH_ROWS:
                yield self._table(rows, names)
                rows = []
        if rows:
            yield self._table(rows, names)

    def _row(self, record: Document) -> Document:
        row: Document = {}
        for name, value in record.items():
            if value is None:
                row[name] = None
                continue
            try:
                row[name] = in_type(_plain(value), self.columns.get(name, "text"))
            except Unfit as unfit:
                raise Unfit(f"{name}: {unfit}") from unfit
        return row

    def _table(self, rows: list[Document], names: tuple[str, ...]) -> pa.Table:
        types = {name: TYPES[self.columns.get(name, "text")] for name in names}
        types[LINE] = pa.int64()
        return pa.Table.from_pylist(rows, pa.schema(list(types.items())))

    def _refuse(self, line: int, reason: str, document: Any) -> None:
        self.refused_count += 1
        if len(self.refused) < MOST_REFUSED:
            self.refused.append(refused_row(self.name, reason, document, line))


_FORMATS: Mapping[str, Callable[[FileReader, Any], Iterator[pa.Table]]] = {
    "csv": FileReader.csv,
    "tsv": FileReader.csv,
    "txt": FileReader.csv,
    "jsonl": FileReader.jsonl,
    "ndjson": FileReader.jsonl,
    "parquet": FileReader.parquet,
}


def _suffix(name: str) -> str:
    return name.lower().removesuffix(".gz").rpartition(".")[2]


def _header(cells: list[str]) -> tuple[str, ...]:
    names = tuple(
        column_name(cell.strip()) if cell.strip() else f"column_{number}"
        for number, cell in enumerate(cells, 1)
    )
    for name in names:
        if names.count(name) > 1:
            raise Unfit(f"two columns are called {name}")
    return names


def _unlike(values: list[str], names: tuple[str, ...]) -> str:
    if len(values) != len(names):
        return f"{len(names)} fields expected, {len(values)} came"
    text = "".join(values)
    try:
        text.encode()
    except UnicodeEncodeError:
        return "no UTF-8"
    return ""


def _plain(value: Any) -> Any:
    """Return a nested value as JSON text."""
    return json.dumps(value) if isinstance(value, dict | list) else value

"""Files of a folder or an object store as a dlt source, on dlt's own ``filesystem``.

A table takes the files that match its pattern; only new and changed ones are read. The
rows of a file replace those of its last version. A file or a line that cannot be read
is kept in ``<table>__refused`` with its reason and stops nothing else; the rows of a
file that is gone get a time in ``_deleted_at``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import dlt
import pyarrow as pa
from dlt.common.storages.fsspec_filesystem import FileItemDict
from dlt.sources.filesystem import filesystem

from cdp.settings import Settings
from ingestion.collapse import refuse_collapse
from ingestion.pipeline import TableLoad
from ingestion.sources import arrow_contract
from ingestion.sources.contract import Unfit, refused, refused_row
from ingestion.sources.deletions import Compared, mark_deleted
from ingestion.sources.file_rows import LINE, FileReader
from ingestion.sources.file_store import (
    Pattern,
    listed_files,
    open_folder,
    patterns,
)
from ingestion.sources.sql_types import DELETED_AT
from ingestion.sources.tables import ROWS_PER_LOAD

FILE = "_file"
MODIFIED_AT = "_file_modified_at"
_MOMENT = pa.timestamp("us", tz="UTC")


def source(
    settings: Settings,
    *,
    name: str,
    rows_per_load: int = ROWS_PER_LOAD,
    accept_collapse: bool = False,
) -> Any:
    """Return the dlt source of one folder of ``headwater.yml``.

    Args:
        settings: The workspace.
        name: The source's key.
        rows_per_load: A table begins no further file after so many rows.
        accept_collapse: Replace a file's rows even if most have gone.

    Raises:
        Misconfigured: A variable is missing.
    """
    url, store = open_folder(settings, name)
    known = arrow_contract.known_types(settings, f"raw_{name}")

    @dlt.source(name=name, max_table_nesting=0)
    def folder() -> Any:
        for pattern in patterns(settings, name):
            types = known.get(pattern.table, {})
            reading = _Reading(pattern, types, rows_per_load, accept_collapse, name)
            listed = filesystem(url, store, file_glob=pattern.glob)
            yield listed | _transformer(reading)

    return folder()


def notice_deletes(
    settings: Settings, name: str, *, accept_collapse: bool = False
) -> list[TableLoad]:
    """Mark the rows of the files that are gone; the caller holds the turn.

    Raises:
        Rejected: More rows would go than may; none was marked.
        Unavailable: The folder or the store does not answer.
    """
    url, store = open_folder(settings, name)
    present = arrow_contract.known_types(settings, f"raw_{name}")
    marked: list[TableLoad] = []
    for pattern in patterns(settings, name):
        if FILE not in present.get(pattern.table, {}):
            continue
        files = [
            item["relative_path"] for item in listed_files(store, url, pattern.glob)
        ]
        keys = [pa.table([pa.array(files, pa.string())], ["key_0"])]
        compared = Compared(name, pattern.table, (FILE,), pattern.largest_fall)
        marked += mark_deleted(
            settings, compared, keys, accept_collapse=accept_collapse
        )
    return marked


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads what is new of one table."""

    pattern: Pattern
    known: arrow_contract.Types
    rows_per_load: int
    accept_collapse: bool
    source: str

    def read(self, file: FileItemDict, state: dict[str, Any]) -> Iterator[Any]:
        """Yield the rows of a file that is new or has changed."""
        path, version = file["relative_path"], _version(file)
        files: dict[str, Any] = state.setdefault("files", {})
        was = files.get(path)
        if was is not None and was["version"] == version:
            return
        reader = FileReader(path, self.pattern.columns, self.pattern.delimiter)
        try:
            if was is not None and not self.accept_collapse:
                self._refuse_collapse(path, int(was["rows"]), file)
            count = 0
            for item in self._items(reader, file):
                count += item.num_rows if isinstance(item, pa.Table) else 0
                yield item
            if not count and was and was["rows"]:
                yield self._gone(file)
        except Unfit as unfit:
            reader.refused.append(refused_row(path, str(unfit), ""))
            reader.refused_count += 1
            count = int(was["rows"]) if was else 0
        if lines := reader.finished():
            yield refused(self.pattern.table, lines)
        files[path] = {"version": version, "rows": count}

    def _items(self, reader: FileReader, file: FileItemDict) -> Iterator[Any]:
        for batch in reader.batches(file):
            rows, apart = self._complete(batch, file)
            if rows.num_rows:
                yield rows
            if apart:
                yield refused(self.pattern.table, apart)

    def _gone(self, file: FileItemDict) -> pa.Table:
        """Return the row that takes a file's rows away: dlt lands none of it."""
        nothing = pa.table([pa.nulls(1, pa.int64())], [LINE])
        row, _ = self._complete(nothing, file)
        now = pa.array([datetime.now(UTC)], _MOMENT)
        return row.set_column(row.schema.get_field_index(DELETED_AT), DELETED_AT, now)

    def _complete(
        self, batch: pa.Table, file: FileItemDict
    ) -> tuple[pa.Table, list[dict[str, Any]]]:
        count, path = batch.num_rows, file["relative_path"]
        modified = pa.array([file["modification_date"]] * count, _MOMENT)
        batch = batch.append_column(FILE, pa.array([path] * count, pa.string()))
        batch = batch.append_column(MODIFIED_AT, modified)
        batch = batch.append_column(DELETED_AT, pa.nulls(count, _MOMENT))
        held: Any
        for name, held in self.known.items():
            if name not in batch.column_names and not name.startswith("_dlt_"):
                batch = batch.append_column(name, pa.nulls(count, held))
        batch = batch.select(sorted(batch.column_names))
        return arrow_contract.fit(batch, self.known, (FILE,))

    def _refuse_collapse(self, path: str, known: int, file: FileItemDict) -> None:
        counting = FileReader(path, self.pattern.columns, self.pattern.delimiter)
        found = sum(batch.num_rows for batch in counting.batches(file))
        place = f"raw_{self.source}.{self.pattern.table}: {path}"
        refuse_collapse(place, known, found, largest_fall=self.pattern.largest_fall)


def _version(file: FileItemDict) -> str:
    return f"{file['size_in_bytes']} {file['modification_date'].isoformat()}"


def _transformer(reading: _Reading) -> Any:
    deleted_at: Any = {"data_type": "timestamp", "nullable": True, "hard_delete": True}
    schemas: set[pa.Schema] = set()

    @dlt.transformer(
        name=reading.pattern.table,
        write_disposition="merge",
        merge_key=FILE,
        columns={FILE: {"data_type": "text"}, DELETED_AT: deleted_at},
    )
    def rows(files: list[FileItemDict]) -> Iterator[Any]:
        # a load of nothing new is a load too
        yield dlt.mark.materialize_table_schema()
        state, count = dlt.current.resource_state(), 0
        for file in files:
            if count >= reading.rows_per_load:
                return
            for item in reading.read(file, state):
                if isinstance(item, pa.Table):
                    # Arrow in a load has one schema: another one is the next load's
                    schemas.add(item.schema)
                    if len(schemas) > 1:
                        return
                    count += item.num_rows
                yield item

    return rows

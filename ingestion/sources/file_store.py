"""Where files are: the tables of a source, its folder or store, and what is in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import fsspec  # type: ignore[import-untyped]
import pyarrow.compute as pc
from dlt.common.storages.fsspec_filesystem import FileItemDict, glob_files

from cdp.errors import Unavailable
from cdp.settings import WORKSPACE_FILE, Settings
from ingestion.collapse import largest_fall_of
from ingestion.sources.contract import DataType, Unfit
from ingestion.sources.file_rows import FileReader
from ingestion.sources.sql_types import column_name


@dataclass(frozen=True, slots=True)
class Pattern:
    """The files of one table.

    Attributes:
        table: The table, as it is called in the warehouse.
        glob: Which files, below the folder.
        columns: The declared types of its columns.
        delimiter: What separates the fields of a CSV; "" finds it out.
        largest_fall: The share of a file's rows that may go at once.
        total: The column that reconciliation adds up; "" for none.
    """

    table: str
    glob: str
    columns: Mapping[str, DataType]
    delimiter: str
    largest_fall: float
    total: str


def patterns(settings: Settings, name: str) -> list[Pattern]:
    """Return the tables of a source and their files."""
    section: dict[str, Any] = settings.section(f"sources.{name}")
    fall = largest_fall_of(section, f"{WORKSPACE_FILE}: sources.{name}")
    tables: dict[str, Any] = section["tables"]
    found = []
    for table, declared in tables.items():
        options: dict[str, Any] = (
            {"glob": declared} if isinstance(declared, str) else declared
        )
        columns = options.get("columns") or {}
        types = {column_name(column): kind for column, kind in columns.items()}
        delimiter = str(options.get("delimiter") or "")
        total = column_name(options["sum"]) if options.get("sum") else ""
        landing = column_name(table)
        found.append(Pattern(landing, options["glob"], types, delimiter, fall, total))
    return found


def totals(settings: Settings, name: str, pattern: Pattern) -> tuple[int, Decimal]:
    """Return how many rows, and lines that are none, the files of a table have.

    Returns:
        The count, and the sum of the column that is declared; 0 where none is.
    """
    url, store = open_folder(settings, name)
    count, total = 0, Decimal(0)
    for item in listed_files(store, url, pattern.glob):
        path = item["relative_path"]
        reader = FileReader(path, pattern.columns, pattern.delimiter)
        with suppress(Unfit):  # a file that is none has no lines that are known
            for batch in reader.batches(FileItemDict(item, store)):
                count += batch.num_rows
                if pattern.total in batch.column_names:
                    added = pc.sum(batch.column(pattern.total)).as_py()
                    total += Decimal(str(added or 0))
        count += reader.refused_count
    return count, total


def listed_files(store: Any, url: str, glob: str) -> Iterator[Any]:
    """Yield dlt's items of the files that match.

    Raises:
        Unavailable: The folder or the store does not answer.
    """
    try:
        yield from glob_files(store, url, glob)
    except OSError as error:
        raise Unavailable("the folder does not answer", place=url) from error


def open_folder(settings: Settings, name: str) -> tuple[str, Any]:
    """Return the folder's address and its file system.

    Raises:
        Misconfigured: A variable is missing.
        Unavailable: The folder is not there.
    """
    section = settings.section(f"sources.{name}")
    url = str(section["url"])
    if not url.startswith("s3://"):
        path = Path(url.removeprefix("file://"))
        folder = path if path.is_absolute() else settings.project_dir / path
        if not folder.is_dir():
            place = f"{WORKSPACE_FILE}: sources.{name}.url"
            raise Unavailable("the folder is not there", place=place)
        return str(folder), fsspec.filesystem("file")
    region = section.get("region")
    store = fsspec.filesystem(
        "s3",
        key=section.get("access_key_id"),
        secret=section.get("secret_access_key"),
        endpoint_url=section.get("endpoint"),
        client_kwargs={"region_name": region} if region else {},
        use_listings_cache=False,
        skip_instance_cache=True,
    )
    return url.rstrip("/"), store

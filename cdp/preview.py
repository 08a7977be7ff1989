"""The preview: a DuckDB file in which SQLMesh tries out changes to the models.

SQLMesh keeps its tables and its state in a file of its own and must never write dbt's.
It still has to read what was loaded: its file gets views onto the raw tables of a
published snapshot, or of the warehouse itself where nothing has been published.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from cdp.errors import Misconfigured, Unavailable
from cdp.quoting import literal
from cdp.settings import Settings

LOADED_CATALOG = "loaded"
_LOADED_SCHEMAS = (
    "(table_schema like 'raw_%' and table_schema not like '%_staging'"
    " or table_schema in ('predictions', 'ledger'))"
)


def preview_path(settings: Settings) -> Path:
    """Return SQLMesh's own file."""
    return settings.data_dir / "preview.duckdb"


def loaded_path(settings: Settings) -> Path:
    """Return the file whose raw tables the preview reads.

    The newest published snapshot, because nobody writes it; the warehouse itself
    where there is none.

    Raises:
        Misconfigured: Nothing has been loaded yet.
    """
    published = settings.data_dir / "published"
    pointer = published / "current"
    if pointer.is_file():
        return published / pointer.read_text(encoding="utf-8")
    if settings.warehouse_path.is_file():
        return settings.warehouse_path
    raise Misconfigured(
        "nothing has been loaded, so there is nothing to preview a change on",
        place=str(settings.warehouse_path),
        fix="Run `cdp load` and `dbt build` first",
    )


def show_loaded_tables(settings: Settings) -> int:
    """Put views onto the loaded tables into the preview file.

    Returns:
        How many tables are in view.

    Raises:
        Misconfigured: Nothing has been loaded yet.
        Unavailable: Another process has one of the two files open for writing.
    """
    source = loaded_path(settings)
    try:
        with duckdb.connect(str(preview_path(settings))) as connection:
            connection.execute(
                f"attach {literal(str(source))} as {LOADED_CATALOG} (read_only)"
            )
            return create_views(connection, LOADED_CATALOG)
    except duckdb.IOException as error:
        raise Unavailable(
            "the file is open in another process",
            place=f"{source} or {preview_path(settings)}",
            fix="Wait for it to end; `cdp run` publishes a snapshot to read instead",
        ) from error


def create_views(connection: duckdb.DuckDBPyConnection, catalog: str) -> int:
    """Put views onto the loaded tables of an attached file into this one.

    Returns:
        How many tables are in view.
    """
    tables = connection.execute(
        "select table_schema, table_name from information_schema.tables"  # noqa: S608
        f" where table_catalog = '{catalog}' and {_LOADED_SCHEMAS}"
    ).fetchall()
    for schema, table in tables:
        connection.execute(f'create schema if not exists "{schema}"')
        connection.execute(
            f'create or replace view "{schema}"."{table}" as'  # noqa: S608
            f' select * from {catalog}."{schema}"."{table}"'
        )
    return len(tables)

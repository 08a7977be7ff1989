"""Raw tables of tools that a company does not have, or has not loaded yet.

Models read every tool. A tool that is absent is a tool with no rows: its tables are
made as a first load would make them, so that a later load simply goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

import dlt
import duckdb

from cdp.settings import Settings
from cdp.warehouse import writing_turn
from ingestion.pipeline import run_source, schema_of
from ingestion.sources.tables import Document, State, Table, resource

TOOLS = (
    *("salesforce", "stripe", "zendesk", "klaviyo", "hubspot"),
    *("google_ads", "meta_ads", "shopify"),
)


def make_empty_tables(settings: Settings, kinds: Iterable[str] = TOOLS) -> list[str]:
    """Make the tables of the tools of which nothing has been loaded.

    Args:
        settings: The workspace.
        kinds: Kinds of tools; those whose tables are there are left alone.

    Returns:
        The kinds whose tables were made.

    Raises:
        Unavailable: The writing turn did not come in time.
    """
    with writing_turn(settings, "make empty tables"):
        with duckdb.connect(str(settings.warehouse_path)) as connection:
            found = connection.execute(
                "select distinct schema_name from duckdb_tables()"
            ).fetchall()
        present = {str(name) for (name,) in found}
        missing = [kind for kind in kinds if schema_of(kind) not in present]
        for kind in missing:
            run_source(settings, kind, _empty_source(kind))
    return missing


def _empty_source(kind: str) -> Any:
    module = import_module(f"ingestion.sources.{kind}")
    tables = [each for each in vars(module).values() if isinstance(each, Table)]

    @dlt.source(name=kind, max_table_nesting=0)
    def source() -> Any:
        return [resource(table, _nothing) for table in tables]

    return source()


def _nothing(_: State) -> Iterator[list[Document]]:
    yield from ()

"""Raw tables of tools that a company does not have, or has not loaded yet.

Models read every tool. A tool that is absent is a tool with no rows: its tables are
made as a first load would make them, so that a later load simply goes on. What has come
to be declared since then is added, as no load of that tool ever does it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import dlt
from dlt.common.normalizers.naming.snake_case import NamingConvention

from cdp.settings import Settings
from cdp.warehouse import open_in_turn, writing_turn
from ingestion.pipeline import run_source, schema_of
from ingestion.sources.tables import Document, State, Table, resource

TOOLS = (
    *("salesforce", "stripe", "zendesk", "klaviyo", "hubspot"),
    *("google_ads", "meta_ads", "shopify"),
)


def make_empty_tables(settings: Settings, kinds: Iterable[str] = TOOLS) -> list[str]:
    """Make the tables and columns that tools would have if they were loaded.

    Args:
        settings: The workspace.
        kinds: Kinds of tools; those whose columns are all there are left alone.

    Returns:
        The kinds whose tables were made or got columns.

    Raises:
        Unavailable: The turn did not come in time, or the file is open elsewhere.
    """
    with writing_turn(settings, "make empty tables"):
        with open_in_turn(settings) as connection:
            found = connection.execute(
                "select schema_name, table_name, column_name from duckdb_columns()"
            ).fetchall()
        missing = [kind for kind in kinds if not _columns_of(kind) <= set(found)]
        for kind in missing:
            run_source(settings, kind, _empty_source(kind))
    return missing


def tables_of(kind: str) -> list[Table]:
    """Return the tables that a tool declares, in its module or in one beside it."""
    names = [f"ingestion.sources.{kind}", f"ingestion.sources.{kind}_tables"]
    modules = [import_module(name) for name in names if find_spec(name)]
    found = [each for one in modules for each in vars(one).values()]
    tables = {each.name: each for each in found if isinstance(each, Table)}
    return list(tables.values())


def _columns_of(kind: str) -> set[tuple[str, str, str]]:
    normalized = NamingConvention().normalize_path  # Customer_Type__c keeps its two
    return {
        (schema_of(kind), table.name, normalized(column))
        for table in tables_of(kind)
        for column in table.columns
    }


def _empty_source(kind: str) -> Any:
    tables = tables_of(kind)

    @dlt.source(name=kind, max_table_nesting=0)
    def source() -> Any:
        return [resource(table, _nothing) for table in tables]

    return source()


def _nothing(_: State) -> Iterator[list[Document]]:
    yield from ()

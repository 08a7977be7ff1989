"""The guard against a source that has suddenly lost most of its rows.

An emptied table, a listing that breaks off without an error, a folder that is not
mounted: each looks like a great many deletes. So whatever would overwrite rows or mark
them as deleted is counted first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

from cdp.errors import Rejected
from cdp.settings import Settings

LARGEST_FALL = 0.5
"""The share of the known rows that may go at once."""
FEWEST_ROWS = 20
"""A table with fewer rows than this may lose all of them."""


def refuse_collapse(
    table: str, known: int, found: int, *, largest_fall: float = LARGEST_FALL
) -> None:
    """Refuse to go on where far fewer rows were found than are known.

    Args:
        table: What is counted, such as ``raw_shop.orders``.
        known: Rows that are known and not deleted.
        found: Rows that the source has now.
        largest_fall: The share of the known rows that may go, 0 to 1.

    Raises:
        Rejected: More has gone than may; nothing was overwritten or marked.
    """
    if known < FEWEST_ROWS or known - found <= known * largest_fall:
        return
    raise Rejected(
        f"{known:,} rows are known, the source has {found:,}: a fall of"
        f" {1 - found / known:.0%}, more than {largest_fall:.0%}; nothing was changed",
        place=table,
        fix="Look at the source; if they are really gone, load this source again"
        " with --accept-collapse",
    )


def refuse_collapsed_tables(
    settings: Settings, schema: str, source: Any, row_counts: Mapping[str, int]
) -> None:
    """Refuse to replace a table by far fewer rows.

    Args:
        settings: The workspace.
        schema: Where the tables are.
        source: The dlt source that was read.
        row_counts: Rows that it gave, by table.

    Raises:
        Rejected: A table that is replaced has collapsed.
    """
    if not settings.warehouse_path.exists():
        return
    for resource in source.resources.values():
        if resource.write_disposition == "replace":
            table = str(resource.table_name)
            known = _rows(settings, schema, table)
            refuse_collapse(f"{schema}.{table}", known, row_counts.get(table, 0))


def _rows(settings: Settings, schema: str, table: str) -> int:
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        try:
            found = connection.execute(f'select count(*) from "{schema}"."{table}"')  # noqa: S608 - names that dlt made
        except duckdb.CatalogException:
            return 0
        return int((found.fetchone() or (0,))[0])

"""The guard against a source that has suddenly lost most of its rows.

An emptied table, a listing that breaks off without an error, a folder that is not
mounted: each looks like a great many deletes. So whatever would overwrite rows or mark
them as deleted is counted first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

from cdp.errors import Misconfigured, Rejected
from cdp.settings import WORKSPACE_FILE, Settings

LARGEST_FALL = 0.5
"""The share of the known rows that may go at once."""
FEWEST_ROWS = 20
"""A table with fewer rows than this may lose all of them."""


def largest_fall_of(section: Mapping[str, Any], place: str) -> float:
    """Return the share of a table's rows that may go at once, as a source declares it.

    Raises:
        Misconfigured: It is no share.
    """
    declared = section.get("largest_fall")
    try:
        found = LARGEST_FALL if declared is None else float(declared)
    except (TypeError, ValueError):
        found = -1.0
    if not 0 <= found <= 1:
        raise Misconfigured(
            "largest_fall is no share", place=place, fix="Write it as 0.5, from 0 to 1"
        )
    return found


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
    name = schema.removeprefix("raw_")
    declared = (settings.document.get("sources") or {}).get(name) is not None
    section = settings.section(f"sources.{name}") if declared else {}
    fall = largest_fall_of(section, f"{WORKSPACE_FILE}: sources.{name}")
    for resource in source.resources.values():
        if resource.write_disposition == "replace":
            table = str(resource.table_name)
            known = _rows(settings, schema, table)
            found = row_counts.get(table, 0)
            refuse_collapse(f"{schema}.{table}", known, found, largest_fall=fall)


def _rows(settings: Settings, schema: str, table: str) -> int:
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        try:
            found = connection.execute(f'select count(*) from "{schema}"."{table}"')  # noqa: S608 - names that dlt made
        except duckdb.CatalogException:
            return 0
        return int((found.fetchone() or (0,))[0])

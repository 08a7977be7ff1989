"""What was kept apart because it did not fit: ``raw_<source>.<table>__refused``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

from cdp.settings import Settings
from ingestion.sources.contract import REFUSED_SUFFIX


@dataclass(frozen=True, slots=True)
class Waiting:
    """Records of one table that do not fit, and why.

    Attributes:
        table: Schema and table.
        reason: Names fields and types, no value.
        count: How many records.
    """

    table: str
    reason: str
    count: int


def drop_healed(settings: Settings, schema: str, source: Any) -> int:
    """Remove what was refused once and has arrived well since.

    Args:
        settings: The workspace.
        schema: Where the source's tables are.
        source: The dlt source, whose tables say what tells records apart.

    Returns:
        How many records were removed.
    """
    removed = 0
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        present = set(tables(connection, schema))
        for resource in source.resources.values():
            table = str(resource.table_name)
            refused, key = f"{table}{REFUSED_SUFFIX}", _key_of(source, resource)
            if key and {table, refused} <= present:
                deleted = connection.execute(
                    f'delete from "{schema}"."{refused}" as ref using (select'  # noqa: S608 - names that dlt made
                    f' cast("{key}" as varchar) as key, max(_dlt_load_id) as load_id'
                    f' from "{schema}"."{table}" group by all) as arrived'
                    " where arrived.key = ref.record_key"
                    " and arrived.load_id > ref._dlt_load_id"
                ).fetchone()
                removed += int(deleted[0]) if deleted else 0
    return removed


def waiting(connection: duckdb.DuckDBPyConnection) -> Iterator[Waiting]:
    """Yield what is kept apart in all sources, by table and reason."""
    found = connection.execute(
        "select schema_name, table_name from duckdb_tables()"
        " where starts_with(schema_name, 'raw_') and ends_with(table_name, ?)"
        " order by all",
        [REFUSED_SUFFIX],
    ).fetchall()
    for schema, table in found:
        reasons = connection.execute(
            f'select reason, count(*) from "{schema}"."{table}" group by reason'  # noqa: S608 - names that dlt made
            " order by count(*) desc, reason"
        ).fetchall()
        name = f"{schema}.{str(table).removesuffix(REFUSED_SUFFIX)}"
        yield from (Waiting(name, reason, count) for reason, count in reasons)


def tables(connection: duckdb.DuckDBPyConnection, schema: str) -> list[str]:
    """Return the tables of a schema."""
    found = connection.execute(
        "select table_name from duckdb_tables() where schema_name = ?", [schema]
    )
    return [str(name) for (name,) in found.fetchall()]


def _key_of(source: Any, resource: Any) -> str:
    """Return the one column that tells a table's records apart, or its files."""
    declared = resource.compute_table_schema()["columns"].values()
    by_hint = (
        [str(column["name"]) for column in declared if column.get(hint)]
        for hint in ("primary_key", "merge_key")
    )
    keys = next(filter(None, by_hint), [])
    if len(keys) != 1:
        return ""
    return str(source.schema.naming.normalize_identifier(keys[0]))

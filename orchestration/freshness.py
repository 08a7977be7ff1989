"""When each source was last loaded, and whether that is too long ago.

The thresholds are those of ``dbt source freshness``, read from the same files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from cdp.settings import Settings
from cdp.yaml_text import read_yaml
from ingestion.configured import configured_sources, landing_name
from ingestion.refused import waiting

_FILES = "models/staging/*/_*__sources.yml"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How long after its last load a source is late, and how long until it is stale.

    Attributes:
        warn_after: From then on it is late.
        error_after: From then on it is stale; None for never.
    """

    warn_after: timedelta | None = timedelta(days=1)
    error_after: timedelta | None = timedelta(days=3)

    def word(self, age: timedelta) -> str:
        """Return ``fresh``, ``late`` or ``stale``."""
        if self.error_after is not None and age > self.error_after:
            return "stale"
        if self.warn_after is not None and age > self.warn_after:
            return "late"
        return "fresh"


def thresholds(settings: Settings) -> dict[str, Thresholds]:
    """Return the thresholds by schema, as dbt has them."""
    found = {}
    for path in sorted(settings.project_dir.glob(_FILES)):
        document = read_yaml(path.read_text(encoding="utf-8")) or {}
        for source in document.get("sources", ()):
            freshness = (source.get("config") or {}).get("freshness")
            if freshness:
                schema = str(source.get("schema", source["name"]))
                found[schema] = Thresholds(
                    _span(freshness.get("warn_after")),
                    _span(freshness.get("error_after")),
                )
    return found


def describe_sources(
    settings: Settings, connection: duckdb.DuckDBPyConnection, now: datetime
) -> list[str]:
    """Return a line for each source: last complete load, and what is wrong with it.

    Args:
        settings: The workspace.
        connection: A snapshot of the warehouse.
        now: Ages are counted from here.
    """
    by_schema = thresholds(settings)
    apart: dict[str, int] = {}
    for each in waiting(connection):
        schema = each.table.partition(".")[0]
        apart[schema] = apart.get(schema, 0) + each.count
    different = _different(connection)
    lines = []
    for name in configured_sources(settings):
        schema = f"raw_{landing_name(settings, name)}"
        remarks = [
            f"{apart[schema]:,} records kept apart" if schema in apart else "",
            f"{different[name]} figures differ" if name in different else "",
        ]
        said = _last_load(connection, schema, by_schema.get(schema, Thresholds()), now)
        lines.append(", ".join([f"  {name:<16} {said}", *filter(None, remarks)]))
    return ["Sources, last complete load", *lines]


def _span(declared: Mapping[str, Any] | None) -> timedelta | None:
    if not declared:
        return None
    return timedelta(**{f"{declared['period']}s": declared["count"]})


def _last_load(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    limits: Thresholds,
    now: datetime,
) -> str:
    for (epoch,) in _rows(
        connection,
        f'select max(epoch(inserted_at)) from "{schema}"._dlt_loads where status = 0',  # noqa: S608 - a schema of ours
    ):
        if epoch is not None:
            last = datetime.fromtimestamp(float(epoch), UTC)
            return f"{last:%Y-%m-%d %H:%M} UTC  {limits.word(now - last)}"
    return "never"


def _different(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    found = _rows(
        connection,
        "select source, count(*) from (select * from raw_reconciliation.checks"
        " qualify row_number() over (partition by source, table_name, what"
        " order by checked_at desc) = 1) where verdict = 'different' group by source",
    )
    return {str(source): int(count) for source, count in found}


def _rows(
    connection: duckdb.DuckDBPyConnection, query: str
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows; none where the table is not there yet."""
    try:
        yield from connection.execute(query).fetchall()
    except duckdb.CatalogException:
        return

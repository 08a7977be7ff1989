"""One dlt pipeline per source, of which the warehouse alone knows how far it is.

dlt keeps a copy of its state in a working folder. After a crash the two may disagree,
and a package that is loaded again would double its rows. So the folder is thrown away
before every load: what the warehouse has no completed load of did not happen, its
leftover rows are removed, and the source is read again from there.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import dlt
import duckdb

from cdp.settings import Settings
from ingestion.collapse import refuse_collapsed_tables
from ingestion.refused import drop_healed, tables
from ingestion.sources.journal import forget_pages

_LOADS = "_dlt_loads"


@dataclass(frozen=True, slots=True)
class TableLoad:
    """What one load brought into one table.

    Attributes:
        table: Schema and table.
        rows: Rows that were extracted for it.
        seconds: How long the warehouse took to write them.
    """

    table: str
    rows: int
    seconds: float


def schema_of(kind: str) -> str:
    """Return the schema that sources of this kind land in."""
    return f"raw_{kind}"


def run_source(
    settings: Settings,
    kind: str,
    source: Any,
    *,
    accept_collapse: bool = False,
    again: bool = False,
) -> list[TableLoad]:
    """Load what a source has new; the caller holds the writing turn.

    Args:
        settings: The workspace.
        kind: The kind of source, which names pipeline and schema; where a kind may
            occur several times, the source's name.
        source: A dlt source. Nested data stays in JSON columns.
        accept_collapse: Replace a table even if most of its rows have gone.
        again: Read it from its beginning, as if nothing had been read yet.

    Returns:
        One entry per table that received rows.

    Raises:
        Rejected: A table would be replaced by far fewer rows than it has.
    """
    _be_quiet()
    folder = settings.data_dir / "dlt"
    shutil.rmtree(folder / kind, ignore_errors=True)
    remove_unfinished(settings, kind, source)
    pipeline = dlt.pipeline(
        kind,
        pipelines_dir=str(folder),
        destination=dlt.destinations.duckdb(str(settings.warehouse_path)),
        dataset_name=schema_of(kind),
    )
    if again:
        _forget_how_far(pipeline)
    _bring(pipeline, settings, source, accept_collapse=accept_collapse)
    forget_pages(folder, kind)
    drop_healed(settings, schema_of(kind), source)
    return _table_loads(pipeline, schema_of(kind))


def _forget_how_far(pipeline: Any) -> None:
    # the types of the columns, which the warehouse knows too, hold on
    pipeline.sync_destination()
    with pipeline.managed_state() as state:
        state.pop("sources", None)


def _bring(
    pipeline: Any, settings: Settings, source: Any, *, accept_collapse: bool
) -> None:
    if all(each.write_disposition != "replace" for each in source.resources.values()):
        pipeline.run(source, loader_file_format="parquet")
        return
    # what replaces a table is counted before it does
    pipeline.sync_destination()
    pipeline.extract(source, loader_file_format="parquet")
    pipeline.normalize()
    if not accept_collapse:
        counts = pipeline.last_trace.last_normalize_info.row_counts
        refuse_collapsed_tables(settings, pipeline.dataset_name, source, counts)
    pipeline.load()


def summed(loads: Iterable[TableLoad]) -> list[TableLoad]:
    """Return one entry per table for several loads."""
    sums: dict[str, TableLoad] = {}
    for load in loads:
        sofar = sums.get(load.table, TableLoad(load.table, 0, 0.0))
        sums[load.table] = TableLoad(
            load.table, sofar.rows + load.rows, sofar.seconds + load.seconds
        )
    return list(sums.values())


def remove_unfinished(settings: Settings, kind: str, source: Any) -> int:
    """Remove rows of loads that were killed before they were complete.

    Only tables that are appended to need it: a merged or replaced one comes out the
    same when the load is repeated.

    Returns:
        How many rows were removed.
    """
    if not settings.warehouse_path.exists():
        return 0
    schema, removed = schema_of(kind), 0
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        present = set(tables(connection, schema))
        if _LOADS not in present:
            return 0
        for resource in source.resources.values():
            table = str(resource.table_name)
            if resource.write_disposition == "append" and table in present:
                deleted = connection.execute(
                    f'delete from "{schema}"."{table}" where _dlt_load_id not in'  # noqa: S608
                    f' (select load_id from "{schema}".{_LOADS} where status = 0)'
                ).fetchone()
                removed += int(deleted[0]) if deleted else 0
    return removed


def _be_quiet() -> None:
    dlt.config["runtime.dlthub_telemetry"] = False
    dlt.config["runtime.log_level"] = "CRITICAL"  # its messages may hold rows
    logging.getLogger("dlt").setLevel(logging.CRITICAL)
    dlt.config["normalize.parquet_normalizer.add_dlt_load_id"] = True


def _table_loads(pipeline: Any, schema: str) -> list[TableLoad]:
    trace = pipeline.last_trace
    normalized = trace.last_normalize_info if trace else None
    if normalized is None:
        return []
    seconds = _seconds_by_table(trace.last_load_info)
    return [
        TableLoad(f"{schema}.{table}", rows, seconds.get(table, 0.0))
        for table, rows in normalized.row_counts.items()
        if rows and not table.startswith("_dlt_")
    ]


def _seconds_by_table(load_info: Any) -> dict[str, float]:
    seconds: dict[str, float] = {}
    for packages in load_info.metrics.values() if load_info else ():
        for package in packages:
            for job in package["job_metrics"].values():
                spent = (job.finished_at - job.started_at).total_seconds()
                seconds[job.table_name] = seconds.get(job.table_name, 0.0) + spent
    return seconds

"""The gate at the door: what was loaded must be as expected before it is built on.

A bounded sample of the rows that have not passed yet is evaluated. A load that did not
pass is looked at again the next time, so running twice lets no bad rows through. What
was found stays in ``ledger.expectation_findings`` and the Data Docs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import pandas as pd

from cdp.errors import CdpError, Misconfigured, Rejected
from cdp.settings import Settings
from cdp.warehouse import open_warehouse
from ingestion import load_checks
from ingestion.data_docs import write_index, write_page
from ingestion.expectation_suite import Expectation, read_suite
from ingestion.load_checks import TableCheck
from ingestion.validation import ERRORED, FAILED, validate

SAMPLE_ROWS = 50_000
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class _NewRows:
    """The rows of one table that are to be checked."""

    table: str
    expectations: list[Expectation]
    sample: pd.DataFrame


def check_loads(
    settings: Settings,
    kinds: Sequence[str],
    *,
    progress: Progress = lambda *_: None,
    sample_rows: int = SAMPLE_ROWS,
) -> list[TableCheck]:
    """Check what these sources have loaded since it last passed.

    Args:
        settings: The workspace.
        kinds: Kinds of sources, such as ``events``.
        progress: Told which table is looked at.
        sample_rows: How many rows of a table are looked at, at most.

    Returns:
        What was found, by table; empty where nothing new was loaded.

    Raises:
        Rejected: A critical expectation is not met; the message names table, column,
            share and reason, and no value.
        Misconfigured: A critical expectation could not be evaluated.
    """
    if not settings.warehouse_path.exists():
        return []
    with open_warehouse(settings, "look for unchecked loads") as connection:
        loads = {kind: load_checks.unchecked(connection, kind) for kind in kinds}
        new = [
            rows
            for kind, load_ids in loads.items()
            if load_ids
            for rows in _new_rows(connection, kind, load_ids, sample_rows)
        ]
    if not any(loads.values()):
        return []
    checks = []
    for index, rows in enumerate(new):
        progress(f"check {rows.table}", index, len(new))
        checks.append(_check(settings, rows))
    with open_warehouse(settings, "record what was checked") as connection:
        load_checks.record(connection, checks, loads)
        write_index(settings.data_dir / "data_docs", load_checks.newest(connection))
    _refuse(settings, checks)
    return checks


def _new_rows(
    connection: duckdb.DuckDBPyConnection,
    kind: str,
    load_ids: Sequence[str],
    sample_rows: int,
) -> list[_NewRows]:
    found = []
    for table, expectations in read_suite(kind).items():
        present = load_checks.columns(connection, f"raw_{kind}", table)
        wanted = {name for each in expectations for name in each.columns}
        kept = [f'"{name}"' for name in present if name in wanted]
        if not kept:
            if present:
                found.append(
                    _NewRows(f"raw_{kind}.{table}", expectations, pd.DataFrame())
                )
            continue
        sample = connection.execute(
            f'select * from (select {", ".join(kept)} from raw_{kind}."{table}"'  # noqa: S608
            " where list_contains(?, _dlt_load_id))"
            f" using sample reservoir({sample_rows:d} rows) repeatable (7)",
            [list(load_ids)],
        ).df()
        if len(sample):
            found.append(_NewRows(f"raw_{kind}.{table}", expectations, sample))
    return found


def _check(settings: Settings, rows: _NewRows) -> TableCheck:
    findings, result = validate(rows.table, rows.expectations, rows.sample)
    write_page(settings.data_dir / "data_docs", rows.table, result)
    return TableCheck(rows.table, len(rows.sample), tuple(findings), datetime.now(UTC))


def _refuse(settings: Settings, checks: Sequence[TableCheck]) -> None:
    """Raise if a critical expectation is not met; the operator's turn comes first."""
    for status, kind_of_error in ((ERRORED, Misconfigured), (FAILED, Rejected)):
        sentences = [
            finding.sentence(check.table)
            for check in checks
            for finding in check.findings
            if finding.status == status and finding.expectation.severity == "critical"
        ]
        if sentences:
            raise _error(kind_of_error, sentences, settings)


def _error(
    kind_of_error: type[CdpError], sentences: list[str], settings: Settings
) -> CdpError:
    page = settings.data_dir / "data_docs" / "index.html"
    whose = (
        "Correct the expectation in ingestion/expectation_suites"
        if kind_of_error is Misconfigured
        else "Correct the source, or the expectation if it asks too much"
    )
    return kind_of_error(
        "; ".join(sentences), fix=f"{whose}, and load again. All findings: {page}"
    )

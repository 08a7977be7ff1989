"""Which loads have passed the gate, and what was found: tables in schema ``ledger``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from ingestion.data_docs import DocumentedTable
from ingestion.validation import ERRORED, FAILED, MET, Finding

_DDL = """
create schema if not exists ledger;
create table if not exists ledger.load_checks (
    source_kind varchar, load_id varchar, checked_at timestamp with time zone
);
create table if not exists ledger.expectation_findings (
    table_name varchar, checked_at timestamp with time zone, row_count bigint,
    expectation varchar, column_names varchar, severity varchar, status varchar,
    unexpected_share double, reason varchar
);
"""


@dataclass(frozen=True, slots=True)
class TableCheck:
    """What was found in the new rows of one table.

    Attributes:
        table: Schema and table.
        rows: How many rows were looked at.
        findings: One per expectation.
        checked_at: When.
    """

    table: str
    rows: int
    findings: tuple[Finding, ...]
    checked_at: datetime

    @property
    def has_passed(self) -> bool:
        """Whether every critical expectation is met."""
        return all(
            finding.status == MET
            for finding in self.findings
            if finding.expectation.severity == "critical"
        )


def unchecked(connection: duckdb.DuckDBPyConnection, kind: str) -> list[str]:
    """Return the complete loads of a source that have not passed yet."""
    connection.execute(_DDL)
    if not columns(connection, f"raw_{kind}", "_dlt_loads"):
        return []
    found = connection.execute(
        f"select load_id from raw_{kind}._dlt_loads where status = 0"  # noqa: S608
        " and load_id not in"
        " (select load_id from ledger.load_checks where source_kind = ?)",
        [kind],
    )
    return [str(load_id) for (load_id,) in found.fetchall()]


def columns(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str
) -> list[str]:
    """Return a table's columns; none where there is no such table."""
    found = connection.execute(
        "select column_name from duckdb_columns()"
        " where schema_name = ? and table_name = ? order by column_index",
        [schema, table],
    )
    return [str(name) for (name,) in found.fetchall()]


def record(
    connection: duckdb.DuckDBPyConnection,
    checks: Sequence[TableCheck],
    loads: Mapping[str, Sequence[str]],
) -> None:
    """Record what was found, and let the loads pass whose tables are as expected."""
    connection.execute("begin")
    rows = [_row(check, finding) for check in checks for finding in check.findings]
    if rows:
        connection.executemany(
            "insert into ledger.expectation_findings"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
    for kind, load_ids in loads.items():
        own = [check for check in checks if check.table.startswith(f"raw_{kind}.")]
        if load_ids and all(check.has_passed for check in own):
            connection.executemany(
                "insert into ledger.load_checks values (?, ?, ?)",
                [(kind, load_id, datetime.now(UTC)) for load_id in load_ids],
            )
    connection.execute("commit")


def newest(connection: duckdb.DuckDBPyConnection) -> list[DocumentedTable]:
    """Return, by table, what its last check found."""
    found = connection.execute(
        "select table_name, max(checked_at), any_value(row_count), count(*),"
        " count(*) filter (status = $errored), count(*) filter (status = $failed),"
        " list(concat(column_names, ': ', expectation, ', ', severity)"
        " order by column_names) filter (status <> $met)"
        " from (select * from ledger.expectation_findings"
        " qualify checked_at = max(checked_at) over (partition by table_name))"
        " group by table_name order by table_name",
        {"errored": ERRORED, "failed": FAILED, "met": MET},
    ).fetchall()
    return [
        DocumentedTable(
            name=table,
            status=ERRORED if errored else FAILED if failed else MET,
            rows=row_count,
            expectations=count,
            unmet=tuple(unmet or ()),
            checked_at=checked_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M"),
        )
        for table, checked_at, row_count, count, errored, failed, unmet in found
    ]


def _row(check: TableCheck, finding: Finding) -> tuple[object, ...]:
    expectation = finding.expectation
    return (
        check.table,
        check.checked_at,
        check.rows,
        expectation.expectation,
        ", ".join(expectation.columns),
        expectation.severity,
        finding.status,
        finding.unexpected_share,
        finding.reason or expectation.because,
    )

"""SQLMesh plans over the same models, in its own file."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.raw_warehouse import Warehouse

pytestmark = pytest.mark.slow

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
SELECTION = ("--select-model", "+marts.customer_identifiers")
PLAN = ("plan", "--auto-apply", "--no-prompts", *SELECTION)


def sqlmesh(warehouse: Warehouse, *arguments: str) -> str:
    command = str(Path(sys.executable).with_name("sqlmesh"))
    logs = ("--log-file-dir", str(warehouse.folder / "logs"))
    done = warehouse.run(command, *logs, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_plan_builds_beside_the_warehouse_and_then_has_nothing_to_do(
    warehouse: Warehouse,
) -> None:
    visit = {"message_id": "m1", "type": "page", "anonymous_id": "d1", "user_id": "u1"}
    warehouse.land([visit | {"at": START}], START)
    warehouse.dbt("run", "--select", "stg_events__events")
    tables = warehouse.rows("select count(*) from information_schema.tables")
    sqlmesh(warehouse, *PLAN)
    with duckdb.connect(str(warehouse.folder / "preview.duckdb")) as connection:
        connection.execute(f"attach '{warehouse.path}' as loaded (read_only)")
        identities = connection.execute(
            "select count(*), count(distinct customer_id)"
            " from marts.customer_identifiers"
        ).fetchall()
    assert identities == [(2, 1)]
    assert warehouse.rows("select count(*) from information_schema.tables") == tables
    assert "Models needing backfill" not in sqlmesh(warehouse, *PLAN)

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from activation.cursor import Cursor, Pause, cursor_file, write_cursor
from cdp.settings import Settings
from cdp.warehouse import open_warehouse, publish_snapshot
from ingestion.event_log import EventLog
from orchestration.status import describe


def test_an_empty_workspace_says_what_to_do(tmp_path: Path) -> None:
    settings = Settings(tmp_path, tmp_path / "var", {"stage": "growth"}, {})
    said = "\n".join(describe(settings))
    assert "no snapshot of the warehouse has been published" in said
    assert "Run `cdp run`" in said
    assert "never run: build" in said


def test_quarantine_waiting_events_and_absent_tables_are_shown(tmp_path: Path) -> None:
    settings = Settings(tmp_path, tmp_path / "var", {"stage": "growth"}, {})
    log = EventLog(settings.event_log_dir, "accepted")
    log.append([b"x" * 2_000_000])
    log.close()
    write_cursor(cursor_file(settings, "product_analytics"), Cursor({"0": 0}))
    with open_warehouse(settings, "test") as connection:
        connection.execute(
            "create schema raw_events; create table raw_events.quarantine as"
            " select 'wrong_type' as reason, null::varchar as event, 'page' as type"
            " from range(3)"
        )
    publish_snapshot(settings)
    said = "\n".join(describe(settings))
    assert "3  wrong_type: page" in said
    assert "2.0 MB waiting" in said
    assert "not yet  marts.customers" in said


def test_a_live_connection_says_whether_it_is_paused_and_since_when(
    tmp_path: Path,
) -> None:
    settings = Settings(tmp_path, tmp_path / "var", {"stage": "growth"}, {})
    paused = Cursor(pause=Pause("2026-11-20T10:00:00.250Z", "HTTP 401: no such key"))
    write_cursor(cursor_file(settings, "search_ads"), paused)
    write_cursor(cursor_file(settings, "product_analytics"), Cursor())
    cursor_file(settings, "social_ads").write_text("{")

    said = dict(line.split(None, 1) for line in describe(settings) if "  " in line)

    assert said["product_analytics"] == "up to date"
    assert said["search_ads"].endswith(
        "paused since 2026-11-20T10:00:00Z: HTTP 401: no such key"
    )
    assert "the cursor is not readable" in said["social_ads"]


def test_what_is_loaded_is_shown_before_a_first_snapshot(tmp_path: Path) -> None:
    document = {"stage": "growth", "sources": {"stripe": {"kind": "stripe"}}}
    settings = Settings(tmp_path, tmp_path / "var", document, {})
    with open_warehouse(settings, "load stripe") as connection:
        connection.execute(
            "create schema raw_stripe; create table raw_stripe._dlt_loads as"
            " select 0 as status, now() as inserted_at"
        )
    said = "\n".join(describe(settings))
    assert re.search(r"stripe +20\d\d-.* UTC  fresh", said)
    assert "Warehouse (no snapshot published yet)" in said

    with open_warehouse(settings, "load stripe again"):
        said = "\n".join(describe(settings))
    assert "the warehouse cannot be read" in said
    assert "still in use by 'load stripe again'" in said
    publish_snapshot(settings)
    with open_warehouse(settings, "load stripe again"):
        assert "Warehouse (newest snapshot)" in describe(settings)


def test_a_warehouse_that_another_program_has_open_is_told(tmp_path: Path) -> None:
    settings = Settings(tmp_path, tmp_path / "var", {"stage": "growth"}, {})
    with open_warehouse(settings, "load stripe"):
        pass
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1); input()"
    with subprocess.Popen(
        [sys.executable, "-uc", code, str(settings.warehouse_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        said = "\n".join(describe(settings))
        other.communicate(b"\n")
    assert "the file is open in another process" in said

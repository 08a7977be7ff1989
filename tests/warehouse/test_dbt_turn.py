"""A bare dbt command beside other writers, and in a fresh workspace."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

from cdp.settings import load_settings
from cdp.warehouse import writing_turn
from tests.warehouse.raw_warehouse import PROJECT, Warehouse, make_warehouse


def test_dbt_waits_for_the_writer_and_then_works(warehouse: Warehouse) -> None:
    settings = replace(load_settings(), data_dir=warehouse.folder)
    with writing_turn(settings, "load stripe"):
        running = subprocess.Popen(
            [sys.executable, "-m", "dbt.cli.main", "run", "-s", "stg_events__events"],
            cwd=PROJECT,
            env=warehouse.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert running.stderr is not None
        said = running.stderr.readline()
    output, _ = running.communicate(timeout=120)
    assert "in use by 'load stripe'" in said
    assert running.returncode == 0, output
    assert warehouse.rows("select count(*) from staging.stg_events__events") == [(0,)]


def test_a_build_before_the_first_load_says_what_to_do(warehouse: Warehouse) -> None:
    empty = make_warehouse(warehouse.folder / "fresh", with_tables=False)
    done = empty.run(sys.executable, "-m", "dbt.cli.main", "build")
    assert done.returncode != 0
    assert "Run `cdp load` first" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr

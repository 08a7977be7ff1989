"""What holds for every SaaS source, each against its running stand-in."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from cdp.errors import CdpError, Misconfigured, Rejected


def test_the_first_load_brings_everything_and_the_second_nothing(filled, case):
    assert filled.load(case.kind) == {case.table.split(".")[1]: case.row_count}
    assert filled.ids(case.table) == case.stored_ids()
    assert filled.load(case.kind) == {}
    assert filled.ids(case.table) == case.stored_ids()


def test_a_changed_record_is_merged_and_a_new_one_added(filled, case):
    filled.load(case.kind)
    changed = case.make(3, **case.change)
    filled.put(case.kind, case.object_name, changed, case.make(600_000))
    assert filled.load(case.kind) == {case.table.split(".")[1]: 2}
    assert len(filled.ids(case.table)) == case.row_count + 1
    changed_rows = f"select count(*) from {case.table} where {case.seen}"  # noqa: S608
    assert filled.query(changed_rows) == [(1,)]
    assert filled.load(case.kind) == {}


def test_empty_tables_have_their_declared_columns(workspace, case):
    assert workspace.load(case.kind) == {}
    assert workspace.ids(case.table) == []
    assert workspace.query(f"select * from {case.table} where {case.seen}") == []  # noqa: S608


def test_a_load_that_breaks_off_goes_on_after_the_pages_it_had(filled, case):
    filled.fail(case.kind, "status", status=400, after=3)
    with pytest.raises(PipelineStepFailed) as raised:
        filled.load(case.kind)
    assert isinstance(reason_of(raised.value), Rejected)
    filled.load(case.kind)
    assert filled.ids(case.table) == case.stored_ids()


def reason_of(error: BaseException) -> BaseException:
    """What dlt wrapped."""
    while not isinstance(error, CdpError) and error.__cause__ is not None:
        error = error.__cause__
    return error


def test_a_first_load_is_cut_into_parts_that_are_kept(filled, case):
    part = case.row_count // 3
    assert sum(filled.load(case.kind, rows_per_load=part).values()) < case.row_count
    kept = len(filled.ids(case.table))
    assert part <= kept < case.row_count
    before = filled.requests(case.kind)
    filled.fail(case.kind, "status", status=400, after=0)
    with pytest.raises(PipelineStepFailed):
        filled.load(case.kind, rows_per_load=part)
    assert filled.requests(case.kind) > before
    assert len(filled.ids(case.table)) == kept
    assert filled.load_all(case.kind, rows_per_load=part) >= 1
    assert filled.ids(case.table) == case.stored_ids()


def test_refused_credentials_are_the_operators_turn(workspace, case):
    for name in tuple(workspace.settings.environment):
        if name.endswith(("_SECRET", "_API_KEY", "_TOKEN")):
            workspace.settings.environment[name] = "wrong"
    with pytest.raises(PipelineStepFailed) as raised:
        workspace.load(case.kind)
    reason = reason_of(raised.value)
    assert isinstance(reason, Misconfigured)
    assert "wrong" not in str(reason)


@pytest.mark.slow
@pytest.mark.parametrize("case", ["stripe"], indirect=True)
def test_a_killed_first_load_goes_on_after_the_page_it_had(filled, case):
    """The command itself, killed with the third page of four on its way."""
    path = f"/v1/{case.object_name}"
    filled.fail(case.kind, "slow", seconds=5, after=2, count=100, path_contains=path)
    command = [sys.executable, "-m", "ingestion.load", case.kind]
    environment = dict(filled.settings.environment)
    with subprocess.Popen(command, env=environment, cwd=project_dir()) as running:
        until = time.monotonic() + 60
        while asked(filled, path) < 3 and time.monotonic() < until:
            time.sleep(0.02)
        running.kill()
    assert running.returncode != 0
    filled.stand.traffic.reset()
    done = subprocess.run(
        command,
        env=environment,
        cwd=project_dir(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert filled.ids(case.table) == case.stored_ids()
    assert asked(filled, path) == 2, "two pages were there, two were left"


def asked(workspace, path: str) -> int:
    seen = workspace.stand.traffic.seen.get("stripe", ())
    return sum(request.path == path for request in tuple(seen))


def project_dir() -> Path:
    return Path(__file__).parents[3]

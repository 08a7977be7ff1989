from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cdp.errors import Misconfigured, Rejected
from cdp.event import Arrival, normalise
from cdp.settings import Settings
from cdp.tracking_plan import load_plan
from ingestion.collector.receive import receive
from ingestion.event_log import EventLog
from ingestion.quarantine import ACCEPTED, QUARANTINE, Healed, Wanted, moment_of, rows
from ingestion.quarantine_command import command
from ingestion.quarantine_retry import retry

PROJECT = Path(__file__).parents[2]
SENT_AT = "2026-05-01T10:00:10.000Z"
GREETED = """
name: greeted
description: Somebody was greeted.
owner: Web team
version: 1
when_violated: {}
properties: {type: object, properties: {}}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Settings:
    """A workspace with a plan of its own."""
    project = tmp_path / "project"
    shutil.copytree(PROJECT / "tracking_plan", project / "tracking_plan")
    (project / "headwater.yml").write_text("stage: starter\n")
    return Settings(project, tmp_path / "var", {}, {})


def greeting(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "type": "track",
        "event": "greeted",
        "messageId": f"m{number}",
        "userId": f"u{number}",
        "originalTimestamp": "2026-05-01T10:00:00.000Z",
    } | fields


def set_aside(shop: Settings, bodies: list[dict[str, Any]]) -> None:
    """Let the collector's own code judge them under the plan as it is."""
    plan = load_plan(shop.project_dir / "tracking_plan")
    lines = receive(bodies, None, "web", {"sentAt": SENT_AT}, plan)
    assert not lines.accepted
    log = EventLog(shop.event_log_dir, QUARANTINE)
    log.append(lines.quarantined)
    log.close()


def plan_it(shop: Settings) -> None:
    (shop.project_dir / "tracking_plan/events/greeted.yml").write_text(GREETED)


def accepted(shop: Settings) -> list[dict[str, Any]]:
    files = sorted((shop.event_log_dir / ACCEPTED).glob("*/*.ndjson"))
    return [json.loads(line) for f in files for line in f.read_bytes().splitlines()]


def test_what_fits_now_is_taken_back_once_with_its_first_times(shop: Settings) -> None:
    set_aside(shop, [greeting(1), greeting(2)])
    assert retry(shop, Wanted()).still_wrong.total() == 2
    plan_it(shop)
    row = next(rows(shop.event_log_dir, Wanted()))
    assert retry(shop, Wanted(), is_dry_run=True).readmitted.total() == 2
    assert accepted(shop) == []
    assert retry(shop, Wanted()).readmitted.total() == 2
    again = retry(shop, Wanted())
    assert (again.readmitted.total(), again.already) == (0, 2)

    first, second = accepted(shop)
    assert second["messageId"] == "m2"
    assert first["quarantineId"] == row["quarantineId"]
    assert first["receivedAt"] == row["receivedAt"] < first["admittedAt"]
    arrived = datetime.fromisoformat(row["receivedAt"])
    plan = load_plan(shop.project_dir / "tracking_plan")
    arrival = Arrival("web", arrived, row["receivedAt"], SENT_AT)
    expected = normalise(greeting(1), None, arrival, plan).event
    ours = {"quarantineId", "admittedAt"}
    assert {key: first[key] for key in first if key not in ours} == expected


def test_only_what_is_wanted_is_taken_back(shop: Settings) -> None:
    set_aside(shop, [greeting(1), greeting(2, event="waved")])
    plan_it(shop)
    wanted = Wanted(events=frozenset({"waved"}))
    assert retry(shop, wanted).readmitted.total() == 0
    assert retry(shop, Wanted(sources=frozenset({"mobile"}))).readmitted.total() == 0
    late = Wanted(since=datetime(2999, 1, 1, tzinfo=UTC))
    assert retry(shop, late).readmitted.total() == 0
    assert retry(shop, Wanted()).readmitted == {"greeted": 1}


@pytest.mark.parametrize("message_id", ["m1", 1])
def test_two_copies_of_one_message_are_taken_back_as_one(
    shop: Settings, message_id: str | int
) -> None:
    set_aside(shop, [greeting(1, messageId=message_id) for _ in range(2)])
    plan_it(shop)
    done = retry(shop, Wanted())
    assert (done.readmitted.total(), done.already) == (1, 1)


def test_an_event_without_an_id_is_taken_back_once(shop: Settings) -> None:
    set_aside(shop, [greeting(1, messageId=None)])
    plan_it(shop)
    assert retry(shop, Wanted()).readmitted.total() == 1
    assert retry(shop, Wanted()).already == 1
    assert accepted(shop)[0]["messageId"] == accepted(shop)[0]["quarantineId"]


def test_what_came_under_an_alias_is_found_under_the_name_of_the_plan(
    shop: Settings,
) -> None:
    set_aside(shop, [greeting(1, event="Order Completed")])
    wanted = Wanted(events=frozenset({"order_completed"}))
    [row] = rows(shop.event_log_dir, wanted)
    assert row["body"]["event"] == "Order Completed"
    assert retry(shop, wanted).still_wrong.total() == 1


def test_a_second_retry_at_the_same_time_is_refused(shop: Settings) -> None:
    log = EventLog(shop.event_log_dir, ACCEPTED, "retry")
    with pytest.raises(Misconfigured, match="another process"):
        retry(shop, Wanted())
    log.close()


DYING = """
import os, signal, sys
from pathlib import Path
from cdp.settings import Settings
from ingestion.event_log import EventLog
from ingestion.quarantine import Wanted
from ingestion.quarantine_retry import retry

die_in, after = sys.argv[3], int(sys.argv[4])
usual, calls = getattr(EventLog, die_in), []

def dies(self, *arguments):
    found = usual(self, *arguments)
    calls.append(None)
    if len(calls) == after:
        os.kill(os.getpid(), signal.SIGKILL)
    return found

setattr(EventLog, die_in, dies)
retry(Settings(Path(sys.argv[1]), Path(sys.argv[2]), {}, {}), Wanted(), batch=3)
"""


@pytest.mark.parametrize("die_in", ["append", "sync"])
@pytest.mark.parametrize("after", [1, 2, 3, 4])
def test_a_retry_that_is_killed_anywhere_takes_nothing_back_twice(
    shop: Settings, die_in: str, after: int
) -> None:
    set_aside(shop, [greeting(number) for number in range(10)])
    plan_it(shop)
    killed = subprocess.run(
        [
            *(sys.executable, "-c", DYING, str(shop.project_dir)),
            *(str(shop.data_dir), die_in, str(after)),
        ],
        cwd=PROJECT,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    retry(shop, Wanted())
    ids = [event["messageId"] for event in accepted(shop)]
    assert sorted(ids) == [f"m{number}" for number in range(10)]


def test_a_torn_line_of_a_killed_retry_is_written_anew(shop: Settings) -> None:
    set_aside(shop, [greeting(1), greeting(2)])
    plan_it(shop)
    retry(shop, Wanted())
    [file] = (shop.event_log_dir / ACCEPTED / "retry").glob("*.ndjson")
    os.truncate(file, file.stat().st_size - 5)
    assert retry(shop, Wanted()).readmitted.total() == 1
    assert [event["messageId"] for event in accepted(shop)] == ["m1", "m2"]
    assert len(Healed(shop.event_log_dir).quarantine_ids) == 2


def test_the_commands_count_show_and_take_back(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDP_PROJECT_DIR", str(shop.project_dir))
    monkeypatch.setenv("CDP_DATA_DIR", str(shop.data_dir))
    run = CliRunner().invoke
    assert "Nothing is in quarantine" in run(command, ["list"]).output
    set_aside(shop, [greeting(1, context={"app": {"version": "3.1"}}), greeting(2)])
    listed = run(command, ["list", "--since", "1d"]).output
    assert "unplanned_event  greeted  web     3.1" in listed
    quarantine_id = run(command, ["list", "--ids"]).output.split()[0]
    shown = run(command, ["show", quarantine_id]).output
    assert '"m1"' in shown
    assert "does not fit today's plan: unplanned_event: event" in shown
    assert "2 still break the plan" in run(command, ["retry"]).output
    plan_it(shop)
    assert "fits today's plan" in run(command, ["show", quarantine_id]).output
    assert "2 events would be taken back" in run(command, ["retry", "--dry-run"]).output
    assert "2 events taken back" in run(command, ["retry"]).output
    assert "was taken back" in run(command, ["show", quarantine_id]).output
    assert "2 events, of which 2 were taken back" in run(command, ["list"]).output


NOW = datetime(2026, 5, 3, tzinfo=UTC)
MOMENTS = {
    "2d": datetime(2026, 5, 1, tzinfo=UTC),
    "36h": datetime(2026, 5, 1, 12, tzinfo=UTC),
    "30m": datetime(2026, 5, 2, 23, 30, tzinfo=UTC),
    "2026-05-01": datetime(2026, 5, 1, tzinfo=UTC),
    "2026-05-01T02:00+02:00": datetime(2026, 5, 1, tzinfo=UTC),
}


@pytest.mark.parametrize("text", MOMENTS)
def test_a_time_is_read_as_people_write_it(text: str) -> None:
    assert moment_of(text, NOW) == MOMENTS[text]


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(Rejected, match="no time"):
        moment_of("yesterday", NOW)

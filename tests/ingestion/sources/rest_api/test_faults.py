"""Each fault of a tool, met in the middle of a list: rows end equal to the truth."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import yaml

from tests.ingestion.sources.rest_api.helpdesk import TOKEN, Asked, Fault, Helpdesk

PROJECT = Path(__file__).parents[4]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=500),
        Fault(status=503, headers={"Retry-After": "1"}),
        Fault(is_half=True),
    ],
    ids=["500", "503 with a time", "half a page"],
)
def test_a_fault_between_two_pages_loses_no_row(
    helpdesk: Helpdesk, fault: Fault
) -> None:
    helpdesk.tool.fail(fault, fault, after=2)
    assert helpdesk.load() == {"tickets": 350}
    assert helpdesk.ids() == list(range(350))
    assert len(helpdesk.tool.asked) == 6


@pytest.mark.parametrize("stated", ["1", "0.5"])
def test_retry_after_is_waited_for_in_whole_seconds(
    helpdesk: Helpdesk, stated: str
) -> None:
    helpdesk.tool.fail(Fault(status=429, headers={"Retry-After": stated}), after=1)
    times: list[float] = []
    helpdesk.tool.before_answer = lambda _: times.append(time.monotonic())
    assert helpdesk.load() == {"tickets": 350}
    assert times[2] - times[1] >= 1


def test_a_tool_that_stays_away_is_nobodys_mistake(helpdesk: Helpdesk) -> None:
    helpdesk.tool.fail(*[Fault(status=500)] * 7)
    error = helpdesk.load_all().error or ""
    assert "answered 500 to 7 attempts" in error
    assert "Load again later; it goes on where it was" in error


def test_what_is_no_list_of_the_tool_ends_the_load(helpdesk: Helpdesk) -> None:
    helpdesk.declare(path="ticket")
    assert "there is nothing at this address (404" in (helpdesk.load_all().error or "")
    helpdesk.declare(path="tickets/count", data_selector=None)
    assert "answered with no list" in (helpdesk.load_all().error or "")


@pytest.mark.parametrize("style", ["cursor", "page_number"])
def test_a_place_that_the_tool_has_forgotten_begins_the_round_again(
    helpdesk: Helpdesk, style: str
) -> None:
    helpdesk.tool.style = style
    if style == "page_number":
        helpdesk.declare(paginator={"type": "page_number", "base_page": 1})
    # newest first: the newest time that was seen says nothing of what is left
    helpdesk.tool.lists["tickets"].reverse()
    assert helpdesk.load(rows_per_load=200) == {"tickets": 200}
    helpdesk.tool.fail(Fault(status=410))
    helpdesk.load()
    assert helpdesk.ids() == list(range(350))
    assert helpdesk.load() == {}


def test_another_declaration_begins_the_round_again(helpdesk: Helpdesk) -> None:
    helpdesk.tool.lists["tickets"].reverse()
    assert helpdesk.load(rows_per_load=200) == {"tickets": 200}
    helpdesk.tool.style = "page_number"
    helpdesk.declare(paginator={"type": "page_number", "base_page": 1})
    helpdesk.load()
    assert helpdesk.ids() == list(range(350))


@pytest.mark.slow
def test_a_killed_first_load_goes_on_after_the_page_it_had(
    helpdesk: Helpdesk, tmp_path: Path
) -> None:
    """The command itself, killed with the third page of four on its way."""
    project, is_killed = tmp_path / "project", threading.Event()
    project.mkdir()
    document = yaml.safe_dump(dict(helpdesk.settings.document))
    (project / "headwater.yml").write_text(document)
    environment = {
        **os.environ,
        "CDP_PROJECT_DIR": str(project),
        "CDP_DATA_DIR": str(helpdesk.settings.data_dir),
        "HELPDESK_TOKEN": TOKEN,
    }

    def hold(asked: Asked) -> None:
        if asked.query.get("after") == "200":
            is_killed.wait(60)

    helpdesk.tool.before_answer = hold
    command = [sys.executable, "-m", "ingestion.load", "helpdesk"]
    with subprocess.Popen(command, env=environment, cwd=PROJECT) as running:
        until = time.monotonic() + 60
        while len(helpdesk.tool.asked) < 3 and time.monotonic() < until:
            time.sleep(0.02)
        running.kill()
    is_killed.set()
    assert running.returncode != 0
    before = len(helpdesk.tool.asked)
    done = subprocess.run(
        command,
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert helpdesk.ids() == list(range(350))
    pages = [one.query.get("after") for one in helpdesk.tool.asked[before:]]
    assert pages[:2] == ["200", "300"], "two pages were there, two were left"

"""A change of the plan reaches a running collector."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cdp.tracking_plan import TrackingPlan
from ingestion.collector.plan_file import PlanFile
from tests.ingestion.collector.conftest import PROJECT, RunningCollector

GREETED = """
name: hand_waved
description: Somebody waved.
owner: Web team
version: 1
stage: discover
when_violated: {unplanned_property: allow}
properties: {type: object, properties: {}}
"""


@pytest.fixture(params=[(), ("--workers", "2")], ids=["one process", "two workers"])
def collector(tmp_path: Path, request: Any) -> Iterator[RunningCollector]:
    project, var = tmp_path / "project", tmp_path / "var"
    var.mkdir()
    shutil.copytree(PROJECT / "tracking_plan", project / "tracking_plan")
    shutil.copy(PROJECT / "headwater.yml", project)
    own = RunningCollector(var, project_dir=project, options=request.param)
    own.start()
    yield own
    own.end()


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def greet(collector: RunningCollector, topic: str) -> bool:
    """Post an event and say whether it went to this topic."""
    before = len(collector.lines(topic))
    event = {"event": "hand_waved", "userId": "u1"}
    assert collector.post("/v1/track", event).status_code == 200
    return len(collector.lines(topic)) > before


def test_a_change_of_the_plan_is_taken_over_without_a_restart(
    collector: RunningCollector,
) -> None:
    assert greet(collector, "quarantine")
    file = collector.project_dir / "tracking_plan/events/hand_waved.yml"
    file.write_text(GREETED)
    until(lambda: greet(collector, "accepted"))
    file.unlink()
    until(lambda: greet(collector, "quarantine"))


def test_a_plan_that_cannot_be_read_is_told_and_the_one_before_it_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(PROJECT / "tracking_plan", tmp_path / "plan")
    found: list[TrackingPlan] = []
    plan_file, file = (
        PlanFile(tmp_path / "plan"),
        tmp_path / "plan/events/hand_waved.yml",
    )

    async def write_and_look(text: str) -> int:
        file.write_text(text)
        await plan_file._look(found.append)
        await plan_file._look(found.append)  # nothing has changed since
        return len(found)

    assert asyncio.run(write_and_look("name: [")) == 0
    assert caplog.text.count("the tracking plan stays as it was") == 1
    assert "hand_waved.yml" in caplog.text
    assert asyncio.run(write_and_look(GREETED)) == 1
    assert "hand_waved" in found[0].events

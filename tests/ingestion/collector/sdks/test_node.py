"""Unmodified SDKs for Node, as docs/sdks.md sets them up, post to a real collector."""

from __future__ import annotations

import subprocess
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.ingestion.collector.conftest import RunningCollector
from tests.ingestion.collector.sdks.conftest import SDKS, Node, full_disk
from tests.ingestion.collector.sdks.documented import snippets

SDKS_OF_NODE = ["RudderStack in Node", "Segment in Node"]
EVERY_CALL = (SDKS / "every_call.js").read_text()
MANY_CALLS = (SDKS / "many_calls.js").read_text()
EVERY_PRODUCT = Counter(f"p_{number}" for number in range(45))


def by_type(lines: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    assert len({line["messageId"] for line in lines}) == len(lines)
    return {line["type"]: line for line in lines}


@pytest.mark.parametrize("sdk", SDKS_OF_NODE)
def test_every_call_arrives_once_as_it_was_made(
    collector: RunningCollector, node: Node, sdk: str
) -> None:
    happened = datetime.now(UTC) - timedelta(days=200)
    set_up, track, before_the_end = snippets(sdk, "js", collector.url)
    code = (set_up, track, EVERY_CALL, before_the_end)
    node.run(*code, HAPPENED_AT=happened.isoformat())
    lines = collector.lines("accepted")
    assert len(lines) == 6
    line = by_type(lines)
    assert line["identify"]["traits"]["email"] == "a@example.com"
    assert line["track"]["event"] == "signed_in"
    assert line["track"]["properties"] == {"method": "email"}
    assert line["page"]["name"] == "Home"
    assert line["page"]["properties"]["url"] == "https://shop.example.com/"
    assert line["screen"]["name"] == "Start"
    assert (line["group"]["groupId"], line["group"]["traits"]) == (
        "g_1",
        {"plan": "team"},
    )
    assert line["alias"]["previousId"] == "a_1"
    assert {sent["userId"] for sent in lines} == {"u_1"}
    assert {sent["sourceId"] for sent in lines} == {"web"}
    for kind in ("identify", "page", "screen", "group", "alias"):
        sent = line[kind]
        assert kind == "alias" or sent["anonymousId"] == "a_1"
        corrected = datetime.fromisoformat(sent["timestamp"])
        # The clocks are the same one, so correction moves it only by the way there.
        assert abs(corrected - happened) < timedelta(seconds=30)
    assert collector.lines("quarantine") == []


def after_it_says(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    for said in process.stdout:
        if word in said:
            return
    raise AssertionError(f"{word} was never said")


def ends_well(process: subprocess.Popen[str]) -> None:
    with process:
        said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said


def products(collector: RunningCollector) -> Counter[str]:
    by_message = {
        line["messageId"]: line["properties"]["product_id"]
        for line in collector.lines("accepted")
    }
    return Counter(by_message.values())


@pytest.mark.parametrize("sdk", SDKS_OF_NODE)
def test_what_a_full_disk_refuses_comes_again(
    collector: RunningCollector, node: Node, sdk: str
) -> None:
    set_up, _, before_the_end = snippets(sdk, "js", collector.url)
    with full_disk(collector):
        process = node.start(set_up, MANY_CALLS, before_the_end)
        after_it_says(process, "503")
        assert collector.lines("accepted") == []
    ends_well(process)
    assert products(collector) == EVERY_PRODUCT


@pytest.mark.parametrize("sdk", SDKS_OF_NODE)
def test_a_collector_that_is_away_gets_everything_when_it_is_back(
    collector: RunningCollector, node: Node, sdk: str
) -> None:
    set_up, _, before_the_end = snippets(sdk, "js", collector.url)
    collector.port = int(collector.url.rpartition(":")[2])
    collector.end()
    process = node.start(set_up, MANY_CALLS, before_the_end)
    after_it_says(process, "ECONNREFUSED")
    collector.start()
    ends_well(process)
    assert products(collector) == EVERY_PRODUCT


@pytest.mark.parametrize("slow_collector", [10], indirect=True)
@pytest.mark.parametrize("sdk", SDKS_OF_NODE)
def test_too_many_events_are_spread_over_the_seconds_that_follow(
    slow_collector: RunningCollector, node: Node, sdk: str
) -> None:
    set_up, _, before_the_end = snippets(sdk, "js", slow_collector.url)
    said = node.run(set_up, MANY_CALLS, before_the_end)
    assert "429" in said
    assert products(slow_collector) == EVERY_PRODUCT

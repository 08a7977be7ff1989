from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cdp.plan_command import command
from cdp.plan_example import example_event
from cdp.plan_files import documents_now
from cdp.tracking_plan import load_plan
from ingestion.collector.receive import receive
from ingestion.event_log import EventLog
from ingestion.plan_usage import nearest, usage_of

PROJECT = Path(__file__).parents[2]
PLAN = load_plan(PROJECT / "tracking_plan")
DOCUMENTS = documents_now(PROJECT / "tracking_plan")
DAY_AGO = datetime.now(UTC) - timedelta(days=1)
APP = {"context": {"app": {"version": "3.1"}}}


def track(name: str, properties: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "type": "track",
        "event": name,
        "userId": "u1",
        "properties": properties,
    } | fields


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """An event log of good, alias, wrong and unplanned events."""
    events = [
        track("product_viewed", {"product_id": "p1", "price": 3}, **APP),
        track("Product Viewed", {"product_id": "p1", "hue": "red"}),
        track("product_viewed", {"product_id": 7}),
        track("Product View", {}),
        {"type": "identify", "userId": "u1", "traits": {"email": "a@example.com"}},
    ]
    lines = receive(events, None, "web", {}, PLAN)
    for topic, content in (
        ("accepted", lines.accepted),
        ("quarantine", lines.quarantined),
    ):
        writer = EventLog(tmp_path / "event_log", topic)
        writer.append(content)
        writer.close()
    return tmp_path / "event_log"


def test_what_is_sent_is_counted_for_each_event_and_source(log: Path) -> None:
    usage = usage_of(log, PLAN, DAY_AGO)
    seen = usage.planned["product_viewed", "web"]
    assert (seen.count, seen.violating, seen.quarantined) == (3, 2, 1)
    assert seen.properties == {"product_id", "price"}
    assert seen.app_version == "3.1"
    assert usage.planned["traits", "web"].properties == {"email"}
    assert set(usage.unplanned) == {("Product View", "web")}
    assert "order_completed" in usage.never_sent(PLAN.events)
    assert "product_viewed" not in usage.never_sent(PLAN.events)


def test_what_arrived_before_does_not_count(log: Path) -> None:
    usage = usage_of(log, PLAN, datetime.now(UTC) + timedelta(days=1))
    assert (usage.planned, usage.unplanned) == ({}, {})


NEAREST = {
    "Product View": "product_viewed",
    "orderCompleted": "order_completed",
    "Order Completd": "order_completed",
    "xyz": "",
}


@pytest.mark.parametrize("name", NEAREST)
def test_the_nearest_planned_name_is_found(name: str) -> None:
    assert nearest(name, PLAN) == NEAREST[name]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_example_of_an_event_fits_the_plan(name: str) -> None:
    example = example_event(name, DOCUMENTS[name])
    content = example.get("traits") or example.get("properties") or {}
    assert PLAN.judge(example["type"], example.get("event"), content).violations == ()


WORKSPACE = """
stage: starter
sources: {web: {kind: events, write_key: w}}
destinations:
  product_analytics:
    kind: mixpanel
    url: "http://127.0.0.1:9"
    project_id: "1"
    service_account: u
    service_secret: p
  unset: {kind: mixpanel, project_id: "${CDP_TEST_NOT_SET}"}
connections:
  analytics:
    sources: [web]
    destination: product_analytics
    events: {deny: [cart_viewed]}
  broken: {sources: [web], destination: unset}
"""


def test_the_command_says_what_is_sent_and_where_it_goes(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "headwater.yml").write_text(WORKSPACE)
    (tmp_path / "tracking_plan").symlink_to(PROJECT / "tracking_plan")
    monkeypatch.setenv("CDP_PROJECT_DIR", str(tmp_path))
    monkeypatch.setenv("CDP_DATA_DIR", str(log.parent))
    run = CliRunner().invoke
    told = run(command, ["coverage", "--format", "json"], catch_exceptions=False)
    report = json.loads(told.output)
    there = {
        (each["connection"], each["event"]): each for each in report["destinations"]
    }
    assert there["analytics", "order_completed"]["names"]
    assert "does not send" in there["analytics", "cart_viewed"]["reason"]
    assert there["broken", "order_completed"]["reason"].startswith("not set up")
    [unplanned] = report["unplanned"]
    assert unplanned["nearest"] == "product_viewed"

    text = run(command, ["coverage", "--event", "product_viewed"]).output
    assert "66.7%" in text
    assert "Sent and not planned" in text
    markdown = run(command, ["coverage", "--format", "markdown"]).output
    assert "| product_viewed | web | 3 |" in markdown

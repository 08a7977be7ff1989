"""What browser SDKs fetch first, asked of a real collector."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.ingestion.collector.conftest import KEYS, RunningCollector

PAGE = {"Origin": "https://shop.example.com"}
SEGMENT = f"/v1/projects/{KEYS['web']}/settings"


def ask(collector: RunningCollector, path: str, **request: Any) -> httpx.Response:
    return httpx.get(collector.url + path, **request)


@pytest.mark.parametrize("path", ["/sourceConfig", "/sourceConfig/"])
@pytest.mark.parametrize("way", ["basic", "query"])
def test_rudderstack_learns_its_source_and_no_destination(
    shared_collector: RunningCollector, path: str, way: str
) -> None:
    key = KEYS["mobile"]
    request = {"auth": (key, "")} if way == "basic" else {"params": {"writeKey": key}}
    answer = ask(shared_collector, path, headers=PAGE, **request)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == PAGE["Origin"]
    source = answer.json()["source"]
    assert (source["name"], source["writeKey"]) == ("mobile", key)
    assert source["enabled"] is True
    assert source["destinations"] == []
    assert source["config"]["statsCollection"] == {
        "errors": {"enabled": False},
        "metrics": {"enabled": False},
    }


@pytest.mark.parametrize(
    ("headers", "host", "protocol"),
    [
        ({}, None, "http"),
        ({"Host": "events.example.com"}, "events.example.com", "http"),
        (
            {"Host": "events.example.com:8443", "X-Forwarded-Proto": "https"},
            "events.example.com:8443",
            "https",
        ),
        ({"Host": "[::1]:8080", "X-Forwarded-Proto": "gopher"}, "[::1]:8080", "http"),
        ({"Host": "a.example", "X-Forwarded-Proto": "https, http"}, None, "https"),
    ],
)
def test_segment_learns_to_send_to_the_host_that_it_asked(
    shared_collector: RunningCollector,
    headers: dict[str, str],
    host: str | None,
    protocol: str,
) -> None:
    answer = ask(shared_collector, SEGMENT, headers=headers | PAGE)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == PAGE["Origin"]
    settings = answer.json()
    asked = headers.get("Host") or shared_collector.url.removeprefix("http://")
    assert settings["integrations"] == {
        "Segment.io": {
            "apiKey": KEYS["web"],
            "apiHost": f"{host or asked}/v1",
            "protocol": protocol,
        }
    }
    assert settings["metrics"]["sampleRate"] == 0


def test_segment_is_told_the_plan_but_filters_nothing(
    shared_collector: RunningCollector,
) -> None:
    planned = ask(shared_collector, SEGMENT).json()["plan"]["track"]
    assert {"signed_in", "order_completed", "__default"} <= set(planned)
    assert {"page", "screen"}.isdisjoint(planned)
    assert all(event["enabled"] for event in planned.values())


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/sourceConfig", 401, "no write key was sent"),
        ("/sourceConfig?writeKey=other", 401, "unknown write key"),
        ("/v1/projects/other/settings", 404, "unknown write key"),
        ("/v1/projects//settings", 404, "no such address; events go to /v1/batch"),
        ("/v1/projects/a/b/settings", 404, "no such address; events go to /v1/batch"),
    ],
)
def test_an_unknown_key_learns_nothing(
    shared_collector: RunningCollector, path: str, status: int, sentence: str
) -> None:
    answer = ask(shared_collector, path, headers=PAGE)
    assert (answer.status_code, answer.text) == (status, sentence)
    assert answer.headers["access-control-allow-origin"] == PAGE["Origin"]


def test_a_host_that_is_none_is_not_handed_on(
    shared_collector: RunningCollector,
) -> None:
    answer = ask(shared_collector, SEGMENT, headers={"Host": 'a"><script>'})
    assert answer.status_code == 400


def test_rudderstack_is_preflighted(shared_collector: RunningCollector) -> None:
    answer = httpx.options(
        f"{shared_collector.url}/sourceConfig/?p=npm&writeKey={KEYS['web']}",
        headers=PAGE | {"Access-Control-Request-Headers": "authorization"},
    )
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-headers"] == "authorization"
    assert "GET" in answer.headers["access-control-allow-methods"]

"""Unmodified SDKs from PyPI post to a real collector."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.ingestion.collector.conftest import KEYS, RunningCollector


def segment(url: str) -> Any:
    from segment.analytics.client import Client

    return Client(KEYS["web"], host=url, max_retries=1, gzip=True)


def rudder(url: str) -> Any:
    from rudderstack.analytics.client import Client

    return Client(KEYS["web"], host=url, max_retries=1)


@pytest.mark.parametrize("make_client", [segment, rudder])
def test_every_call_of_the_sdk_arrives_as_one_event(
    collector: RunningCollector, make_client: Any
) -> None:
    failures: list[object] = []
    client = make_client(collector.url)
    client.on_error = lambda error, items: failures.append(error)
    happened = datetime.now(UTC) - timedelta(days=200)
    client.identify("u1", traits={"email": "a@example.com"}, timestamp=happened)
    client.track("u1", "signed_in", {"method": "email"}, timestamp=happened)
    client.page(
        user_id="u1",
        name="Home",
        properties={"path": "/", "url": "https://shop.example.com/"},
        timestamp=happened,
    )
    client.screen(user_id="u1", name="Start", timestamp=happened)
    client.group("u1", "g1", {"company_name": "Acme"}, timestamp=happened)
    client.alias("a1", "u1", timestamp=happened)
    client.flush()
    client.join()
    assert failures == []
    lines = {line["type"]: line for line in collector.lines("accepted")}
    assert set(lines) == {"identify", "track", "page", "screen", "group", "alias"}
    assert lines["identify"]["traits"]["email"] == "a@example.com"
    assert lines["alias"]["previousId"] == "a1"
    for line in lines.values():
        assert line["sourceId"] == "web"
        corrected = datetime.fromisoformat(line["timestamp"])
        # The clocks are the same one, so correction moves it only by the way there.
        assert abs(corrected - happened) < timedelta(seconds=30)
    assert collector.lines("quarantine") == []


def test_a_wrong_clock_is_corrected(shared_collector: RunningCollector) -> None:
    skew = timedelta(hours=5)
    phone = datetime.now(UTC) + skew
    body = {
        "type": "track",
        "event": "signed_in",
        "userId": "clock",
        "originalTimestamp": (phone - timedelta(minutes=10)).isoformat(),
        "sentAt": phone.isoformat(),
    }
    assert shared_collector.post("/v1/track", body).status_code == 200
    line = shared_collector.lines("accepted")[-1]
    received = datetime.fromisoformat(line["receivedAt"])
    happened = datetime.fromisoformat(line["timestamp"])
    assert abs(received - happened - timedelta(minutes=10)) < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/v1/track", "track"),
        ("/v1/t", "track"),
        ("/v1/identify/", "identify"),
        ("/v1/p", "page"),
        ("/v1/s", "screen"),
        ("/v1/a", "alias"),
        ("/v1/g", "group"),
    ],
)
def test_the_address_says_the_type(
    shared_collector: RunningCollector, path: str, kind: str
) -> None:
    body = {
        "event": "signed_in",
        "userId": "",
        "anonymousId": "a-address",
        "previousId": "before",
        "groupId": 12,
        "properties": {"path": "/", "url": "https://shop.example.com/"},
    }
    if kind == "track":
        body["properties"] = {}
    assert shared_collector.post(path, body).status_code == 200
    line = shared_collector.lines("accepted")[-1]
    assert line["type"] == kind
    assert "userId" not in line
    assert line["groupId"] == "12"
    assert len(line["messageId"]) == 36


@pytest.mark.parametrize("way", ["query", "body"])
def test_beacons_may_carry_the_key_elsewhere_and_be_plain_text(
    shared_collector: RunningCollector, way: str
) -> None:
    event = {"type": "track", "event": "signed_in", "anonymousId": f"beacon-{way}"}
    body: dict[str, Any] = {"batch": [event]}
    path = "/beacon/v1/batch"
    if way == "query":
        path += f"?writeKey={KEYS['mobile']}"
    else:
        body["writeKey"] = KEYS["mobile"]
    answer = shared_collector.post(
        path, body, auth=None, headers={"Content-Type": "text/plain"}
    )
    assert (answer.status_code, answer.text) == (200, "OK")
    assert shared_collector.lines("accepted")[-1]["sourceId"] == "mobile"


def test_a_page_of_any_site_may_send_and_read_the_wait(
    shared_collector: RunningCollector,
) -> None:
    answer = httpx.options(
        f"{shared_collector.url}/v1/track",
        headers={
            "Origin": "https://shop.example.com",
            "Access-Control-Request-Headers": "anonymousid,authorization",
        },
    )
    assert answer.status_code == 200
    headers = answer.headers
    assert headers["access-control-allow-origin"] == "https://shop.example.com"
    assert headers["access-control-allow-headers"] == "anonymousid,authorization"
    assert headers["access-control-expose-headers"] == "Retry-After"


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_health_answers_without_a_key(
    shared_collector: RunningCollector, path: str
) -> None:
    answer = httpx.get(shared_collector.url + path)
    assert (answer.status_code, answer.text) == (200, "OK")

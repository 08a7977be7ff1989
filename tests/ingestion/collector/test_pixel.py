from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.ingestion.collector.conftest import KEYS, RunningCollector


def see(
    collector: RunningCollector, path: str, query: dict[str, str], **request: Any
) -> httpx.Response:
    return httpx.get(f"{collector.url}{path}?{urlencode(query)}", **request)


def encoded(event: Any) -> str:
    return base64.b64encode(json.dumps(event).encode()).decode()


WHOLE = {
    "event": "signed_in",
    "userId": "from data",
    "messageId": "pixel-data",
    "properties": {"method": "email"},
}
TAKEN = {
    "dotted names": (
        "/pixel/v1/track",
        {
            "writeKey": KEYS["web"],
            "anonymousId": "a1",
            "event": "signed_in",
            "properties.method": "email",
            "context.page.path": "/news",
        },
        {
            "type": "track",
            "anonymousId": "a1",
            "properties": {"method": "email"},
            "context": {"page": {"path": "/news"}, "userAgent": "reader"},
        },
    ),
    "a page": (
        "/pixel/v1/page/",
        {
            "writeKey": KEYS["web"],
            "userId": "u1",
            "properties.path": "/",
            "properties.url": "https://shop.example.com/",
        },
        {
            "type": "page",
            "userId": "u1",
            "properties": {"path": "/", "url": "https://shop.example.com/"},
        },
    ),
    "a whole event": (
        "/v1/pixel/track",
        {"data": encoded(WHOLE | {"writeKey": KEYS["mobile"]})},
        {"type": "track", "userId": "from data", "sourceId": "mobile"},
    ),
    "a whole event in base64 of addresses, and a name over it": (
        "/pixel/v1/track",
        {
            "writeKey": KEYS["web"],
            "data": encoded(WHOLE).rstrip("="),
            "userId": "from the query",
            "messageId": "pixel-over",
        },
        {"userId": "from the query", "messageId": "pixel-over"},
    ),
}


@pytest.mark.parametrize("name", TAKEN)
def test_an_image_is_answered_once_its_event_is_on_disk(
    shared_collector: RunningCollector, name: str
) -> None:
    path, query, expected = TAKEN[name]
    answer = see(shared_collector, path, query, headers={"User-Agent": "reader"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/gif"
    assert answer.headers["cache-control"] == "no-store"
    assert (len(answer.content), answer.content[:6]) == (43, b"GIF89a")
    line = shared_collector.lines("accepted")[-1]
    assert {field: line.get(field) for field in expected} == expected


KEPT_APART = {
    "no base64": ({"data": "%%%", "userId": "u1"}, "data"),
    "no JSON": ({"data": base64.b64encode(b"[1").decode()}, "data"),
    "a value and an object": (
        {"userId": "u1", "properties.a": "1", "properties.a.b": "2"},
        "properties.a.b",
    ),
    "no id": ({"event": "signed_in"}, "anonymousId"),
    "not planned": ({"event": "nobody_agreed", "userId": "u1"}, "event"),
}


@pytest.mark.parametrize("name", KEPT_APART)
def test_a_bad_pixel_shows_its_image_and_is_kept_with_its_reason(
    shared_collector: RunningCollector, name: str
) -> None:
    query, place = KEPT_APART[name]
    keyed = query | {"writeKey": KEYS["web"]}
    answer = see(shared_collector, "/pixel/v1/track", keyed)
    assert (answer.status_code, len(answer.content)) == (200, 43)
    row = shared_collector.lines("quarantine")[-1]
    assert row["violations"][0]["place"] == place
    assert row["type"] == "track"
    assert "writeKey" not in row["body"]
    assert query.get("data") == row["body"].get("data")


@pytest.mark.parametrize("query", [{}, {"writeKey": "nobody"}, {"data": "%%%"}])
def test_a_pixel_without_a_key_that_we_know_is_refused(
    shared_collector: RunningCollector, query: dict[str, str]
) -> None:
    answer = see(shared_collector, "/pixel/v1/track", {"userId": "u1"} | query)
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("text/plain")


def test_an_image_is_only_got(shared_collector: RunningCollector) -> None:
    assert shared_collector.post("/pixel/v1/track", {}).status_code == 404

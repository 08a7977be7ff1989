"""Unmodified browser SDKs, as docs/sdks.md sets them up, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.ingestion.collector.conftest import KEYS, RunningCollector
from tests.ingestion.collector.sdks.conftest import full_disk
from tests.ingestion.collector.sdks.documented import snippets
from tests.ingestion.collector.sdks.website import Shop

IN_THE_BROWSER = ["RudderStack in the browser", "Segment in the browser"]
SCRIPTS = {
    "/js/rudderstack.js": (
        "@rudderstack/analytics-js/dist/npm/modern/bundled/umd/index.js"
    ),
    "/js/segment.js": "@segment/analytics-next/dist/umd/standalone.js",
}
READ_RETRY_AFTER = """async (url) => {
  const event = { writeKey: "web-key", event: "signed_in", userId: "u_1" };
  const answer = await fetch(url, { method: "POST", body: JSON.stringify(event) });
  return answer.headers.get("Retry-After");
}"""
FROM_A_LETTER = "/?utm_source=letter&utm_medium=email&utm_campaign=may"


def until(page: Page, is_so: Callable[[], bool]) -> None:
    """Wait for a condition while the browser's messages are read."""
    for _ in range(3000):
        if is_so():
            return
        page.wait_for_timeout(20)
    raise AssertionError("it never came true")


def arrived(
    page: Page, collector: RunningCollector, count: int
) -> list[dict[str, Any]]:
    """Wait until so many events are in the log, however often each of them."""

    def messages() -> set[str]:
        assert collector.lines("quarantine") == []
        return {line["messageId"] for line in collector.lines("accepted")}

    until(page, lambda: len(messages()) >= count)
    return collector.lines("accepted")


def nobody_else_was_asked(page: Page, shop: Shop, collector: RunningCollector) -> None:
    known = {urlsplit(url).netloc for url in (shop.url, collector.url)}
    until(page, lambda: shop.hosts() >= known)
    assert shop.hosts() == known


@pytest.mark.parametrize("sdk", IN_THE_BROWSER)
def test_every_call_arrives_once_from_one_device(
    collector: RunningCollector, shop: Shop, sdk: str
) -> None:
    shop.add_script(snippets(sdk, "js", collector.url)[0])
    page = shop.visit(FROM_A_LETTER)
    before, after = snippets("Calls in the browser", "js", collector.url)
    page.evaluate(before)
    page.evaluate("analytics.alias('u_1')")
    arrived(page, collector, 3)
    page.evaluate(after)
    lines = arrived(page, collector, 6)
    assert len(lines) == len({line["messageId"] for line in lines}) == 6
    (device,) = {line["anonymousId"] for line in lines}
    for line in lines:
        assert line["sourceId"] == "web"
        campaign = {"source": "letter", "medium": "email", "name": "may"}
        assert line["context"]["campaign"] == campaign
    of = {line.get("event", line["type"]): line for line in lines}
    assert "userId" not in of["page"] | of["product_viewed"]
    assert of["page"]["name"] == "Home"
    assert of["page"]["properties"]["url"] == shop.site.url + FROM_A_LETTER
    assert (of["alias"]["userId"], of["alias"]["previousId"]) == ("u_1", device)
    assert of["identify"]["traits"]["email"] == "a@example.com"
    assert of["signed_in"]["properties"] == {"method": "email"}
    assert (of["group"]["groupId"], of["group"]["traits"]) == ("g_1", {"plan": "team"})
    assert {of[kind]["userId"] for kind in ("identify", "signed_in", "group")} == {
        "u_1"
    }
    nobody_else_was_asked(page, shop, collector)


@pytest.mark.parametrize("sdk", IN_THE_BROWSER)
def test_a_device_keeps_its_name_from_page_to_page(
    collector: RunningCollector, shop: Shop, sdk: str
) -> None:
    shop.add_script(snippets(sdk, "js", collector.url)[0])
    for visits in (1, 2):
        page = shop.visit()
        page.evaluate("analytics.page()")
        lines = arrived(page, collector, visits)
        page.close()
    assert len({line["messageId"] for line in lines}) == 2
    assert len({line["anonymousId"] for line in lines}) == 1


@pytest.mark.parametrize("sdk", IN_THE_BROWSER)
def test_what_waits_is_sent_when_the_page_is_left(
    collector: RunningCollector, shop: Shop, sdk: str
) -> None:
    shop.add_script(snippets(sdk, "js", collector.url)[1])
    page = shop.visit()
    page.evaluate("new Promise((ready) => analytics.ready(ready))")
    for number in range(3):
        page.evaluate(f"analytics.track('product_viewed', {{product_id: '{number}'}})")
    assert collector.lines("accepted") == []
    page.goto(shop.url + "/elsewhere")
    lines = arrived(page, collector, 3)
    viewed = [line["properties"]["product_id"] for line in lines]
    assert sorted(viewed) == ["0", "1", "2"]


@pytest.mark.parametrize("sdk", IN_THE_BROWSER)
def test_what_a_full_disk_refuses_comes_again(
    collector: RunningCollector, shop: Shop, sdk: str
) -> None:
    shop.add_script(snippets(sdk, "js", collector.url)[0])
    with full_disk(collector):
        page = shop.visit()
        page.evaluate("analytics.track('signed_in', { method: 'email' })")
        until(page, lambda: 503 in shop.statuses(collector.url))
    lines = arrived(page, collector, 1)
    assert [line["event"] for line in lines] == ["signed_in"]


@pytest.mark.parametrize("slow_collector", [1], indirect=True)
@pytest.mark.parametrize("sdk", IN_THE_BROWSER)
def test_too_many_events_are_spread_over_the_seconds_that_follow(
    slow_collector: RunningCollector, shop: Shop, sdk: str
) -> None:
    shop.add_script(snippets(sdk, "js", slow_collector.url)[0])
    page = shop.visit()
    for number in range(4):
        page.evaluate(f"analytics.track('product_viewed', {{product_id: '{number}'}})")
    lines = arrived(page, slow_collector, 4)
    viewed = {line["properties"]["product_id"] for line in lines}
    assert viewed == {"0", "1", "2", "3"}
    assert 429 in shop.statuses(slow_collector.url)


def test_a_page_may_read_when_to_come_back(
    collector: RunningCollector, shop: Shop
) -> None:
    shop.site.add_page("/", "")
    page = shop.visit()
    with full_disk(collector):
        seconds = page.evaluate(READ_RETRY_AFTER, f"{collector.url}/v1/track")
    assert int(seconds) > 0


@pytest.mark.slow
@pytest.mark.parametrize("sdk", IN_THE_BROWSER)
def test_what_could_not_be_sent_waits_for_the_next_visit(
    collector: RunningCollector, shop: Shop, sdk: str
) -> None:
    shop.add_script(snippets(sdk, "js", collector.url)[0])
    page = shop.visit()
    page.evaluate("new Promise((ready) => analytics.ready(ready))")
    collector.port = int(collector.url.rpartition(":")[2])
    collector.end()
    page.evaluate("analytics.track('signed_in', { method: 'email' })")
    until(page, lambda: 0 in shop.statuses(collector.url))
    page.close()
    collector.start()
    lines = arrived(shop.visit(), collector, 1)
    assert {line["event"] for line in lines} == {"signed_in"}
    assert len({line["messageId"] for line in lines}) == 1


@pytest.mark.parametrize(
    ("sdk", "status"), [(IN_THE_BROWSER[0], 401), (IN_THE_BROWSER[1], 404)]
)
def test_an_unknown_key_sends_nothing_and_says_so(
    collector: RunningCollector, shop: Shop, sdk: str, status: int
) -> None:
    (code, _) = snippets(sdk, "js", collector.url)
    shop.add_script(code.replace(KEYS["web"], "unknown-key") + "analytics.page();")
    page = shop.visit()
    until(page, lambda: "unknown write key" in "".join(shop.said))
    assert shop.statuses(collector.url) == {status}
    (settings,) = [url for url in shop.asked if url.startswith(collector.url)]
    assert "unknown-key" in settings


def test_a_picture_in_an_email_is_an_event(
    collector: RunningCollector, shop: Shop
) -> None:
    (picture,) = snippets("A picture, without any script", "html", collector.url)
    shop.site.add_page("/", picture)
    page = shop.visit()
    (line,) = arrived(page, collector, 1)
    assert (line["anonymousId"], line["event"]) == ("a_1", "product_viewed")
    assert line["properties"] == {"product_id": "p_1"}
    assert page.evaluate("document.images[0].naturalWidth") == 1


@pytest.mark.parametrize("sdk", IN_THE_BROWSER)
def test_a_pasted_script_tag_sends_the_page(
    collector: RunningCollector, shop: Shop, sdk: str
) -> None:
    for name, built in SCRIPTS.items():
        shop.site.files[name] = (shop.folder / "node_modules" / built).read_bytes()
    (tags,) = snippets(sdk, "html", collector.url)
    shop.site.add_page("/", tags)
    page = shop.visit(FROM_A_LETTER)
    (line,) = arrived(page, collector, 1)
    assert line["type"] == "page"
    assert line["context"]["campaign"]["source"] == "letter"
    nobody_else_was_asked(page, shop, collector)

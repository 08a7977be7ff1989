from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from activation.plan_destinations import Mapped
from activation.plan_page import rendered
from cdp.plan_files import documents_now
from ingestion.plan_usage import Seen, Usage

PROJECT = Path(__file__).parents[2]
DOCUMENTS = documents_now(PROJECT / "tracking_plan")
CHROMIUM = Path("/usr/bin/chromium")
THERE = [
    Mapped("ads", "order_completed", ("Purchase",)),
    Mapped("ads", "page", reason="the destination has no such event"),
]
USAGE = Usage({("order_completed", "web"): Seen(1234, last="2026-05-01T00:00:00Z")})


def test_what_is_written_in_the_plan_is_text_and_no_markup() -> None:
    sly = {"page": DOCUMENTS["page"] | {"description": "<script>alert(1)</script>"}}
    assert "<script>alert" not in rendered(sly, [])


@pytest.mark.slow
def test_people_find_events_on_a_phone_without_any_other_request(
    tmp_path: Path,
) -> None:
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed")
    file = tmp_path / "plan.html"
    file.write_text(rendered(DOCUMENTS, THERE, USAGE, 30))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 390, "height": 844})
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.goto(file.as_uri())
        assert page.locator("details:visible").count() == len(DOCUMENTS)
        page.get_by_role("searchbox").fill("order completed")
        event = page.locator("details:visible", has_text="Purchase")
        assert event.count() == 1
        event.locator("summary").click()
        assert "1,234 sent" in event.inner_text()
        page.evaluate(
            "document.querySelectorAll('details').forEach(e => e.open = true)"
        )
        width = page.evaluate("document.documentElement.scrollWidth")
        page.get_by_role("searchbox").fill("")
        page.get_by_role("combobox").select_option("Mobile team")
        assert page.locator("details:visible").count() == 1
        browser.close()
    assert requests == [file.as_uri()]
    assert width <= 390

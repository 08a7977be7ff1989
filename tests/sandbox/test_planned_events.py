"""What the company sends fits the tracking plan, but for the dirt in its truth."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from cdp.event import Arrival, format_time, normalise
from cdp.tracking_plan import TrackingPlan, load_plan
from sandbox.company.company import found_company
from sandbox.company.journal import Event
from sandbox.company.lives import Life, live_all
from sandbox.company.season import iso
from sandbox.event_file import as_received

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def plan() -> TrackingPlan:
    return load_plan(ROOT / "tracking_plan")


@pytest.fixture(scope="module")
def lives() -> list[Life]:
    company = found_company(7, date(2026, 11, 22), 365, 0.02)
    return list(live_all(company, range(120)))


def refusal(event: Event, plan: TrackingPlan) -> str | None:
    """Return why the collector refuses an event that is sent now."""
    body = {**event.body, "timestamp": iso(event.at)}
    sent_at = format_time(NOW - timedelta(seconds=0.2))
    arrival = Arrival(event.source_id, NOW, format_time(NOW), sent_at)
    judged = normalise(body, None, arrival, plan)
    assert judged.is_quarantined or not judged.violations
    return judged.violations[0].code if judged.is_quarantined else None


def test_every_event_is_accepted_or_refused_as_truth_says(lives, plan):
    refused: Counter[str] = Counter()
    for life in lives:
        expected = {
            row["message_id"]: row["expected_reason"]
            for row in life.truth.get("dirty", [])
        }
        for event in life.events:
            reason = refusal(event, plan)
            assert reason == expected.get(event.body["messageId"]) == event.spoiled_as
            if reason:
                refused[reason] += 1
    assert set(refused) == {
        "unplanned_event",
        "missing_property",
        "wrong_type",
        "implausible_time",
    }


# what happens in this shop; the plan has more, for shops that send more
JOURNEY = {
    "page",
    "screen",
    "signed_up",
    "signed_in",
    "newsletter_subscribed",
    "products_searched",
    "product_list_viewed",
    "product_viewed",
    "product_added",
    "product_removed",
    "cart_viewed",
    "coupon_applied",
    "checkout_started",
    "order_completed",
    "order_refunded",
    "support_contacted",
    "subscription_started",
    "subscription_cancelled",
    "wholesale_enquiry_submitted",
}


def test_the_company_sends_the_whole_journey_of_the_plan(lives, plan):
    sent = {
        event.body.get("event", event.body["type"])
        for life in lives
        for event in life.events
    }
    assert sent >= JOURNEY
    assert set(plan.events) >= JOURNEY


def test_a_line_of_the_event_file_has_the_times_of_an_accepted_event(lives):
    event = lives[0].events[0]
    line = as_received(event)
    sent_at, received_at = line["sentAt"], line["receivedAt"]
    skew = datetime.fromisoformat(received_at) - datetime.fromisoformat(sent_at)
    original = datetime.fromisoformat(line["originalTimestamp"])
    assert datetime.fromisoformat(line["timestamp"]) - original == pytest.approx(
        skew, abs=timedelta(milliseconds=1)
    )
    assert line["sourceId"] in {"web", "mobile", "server"}

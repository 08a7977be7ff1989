"""The same orders in three advertising tools that fail in every way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from activation.destinations.delivery import (
    Item,
    Patience,
    Tagged,
    batches,
    deliver_patiently,
)
from activation.destinations.google_ads import GoogleAds
from activation.destinations.google_ads_audiences import CustomerMatch
from activation.destinations.google_analytics import GoogleAnalytics
from activation.destinations.meta import Meta
from activation.destinations.meta_audiences import CustomAudience
from activation.destinations.outcome import NotTaken, Status
from sandbox.tools.conversions import order_events, order_ids
from sandbox.tools.traffic import Fault

Make = Callable[..., dict[str, Any]]
ORDERS = 300
PATIENT = Patience(tries=12, first_wait_seconds=0.001)
FAULTS = (
    (Fault("status", status=503), 2, 0),
    (Fault("status", status=429, retry_after=0.01), 1, 1),
    (Fault("half_page"), 1, 1),
    (Fault("reject_records", one_in=7), 3, 0),
)


def sections(known: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The settings of the three in the demo, as headwater.yml would give them."""
    ads = ("url", "token_url", "customer_id", "developer_token", "client_id")
    more = ("client_secret", "refresh_token")
    analytics = ("url", "measurement_id", "api_secret")
    meta = ("url", "pixel_id", "access_token")
    named = {
        "google_analytics": analytics,
        "google_ads": (*ads, *more),
        "meta": meta,
    }
    found: dict[str, dict[str, Any]] = {
        tool: {name: known[f"{tool}_{name}".upper()] for name in names}
        for tool, names in named.items()
    }
    action = known["GOOGLE_ADS_CONVERSION_ACTION"]
    found["google_ads"]["conversion_actions"] = {"order_completed": action}
    return found


@pytest.fixture
def tools(workspace: Any) -> Iterator[dict[str, Any]]:
    known = sections(workspace.environment)
    opened = {
        "google_analytics": GoogleAnalytics(known["google_analytics"]),
        "google_ads": GoogleAds(known["google_ads"]),
        "meta": Meta(known["meta"]),
    }
    yield opened
    for one in opened.values():
        one.close()


@pytest.fixture
def orders(event: Make) -> list[dict[str, Any]]:
    """Orders of one moment by a hundred people."""
    now = datetime.now(UTC).isoformat()
    return [
        event(
            number,
            event="Order Completed" if number % 2 else "order_completed",
            timestamp=now,
            anonymousId=f"device-{number % 100}",
            properties={"order_id": f"o{number}", "revenue": 12.3, "currency": "EUR"},
            context={"traits": {"email": f"person{number % 100}@example.com"}},
        )
        for number in range(ORDERS)
    ]


def send(destination: Any, events: Sequence[dict[str, Any]]) -> list[Status]:
    items: list[Item] = [
        payload.encoded() for one in events for payload in destination.translate(one)
    ]
    found: list[Status] = []
    tagged = [Tagged(place, item) for place, item in enumerate(items)]
    for batch in batches(tagged, destination.limits):
        contents = [one.item for one in batch]
        outcomes = deliver_patiently(destination, contents, PATIENT)
        found += [one.status for one in outcomes]
    return found


def test_all_three_count_the_same_orders_in_spite_of_faults(
    workspace: Any, tools: dict[str, Any], orders: list[dict[str, Any]]
) -> None:
    store = workspace.stand.store
    for name, destination in tools.items():
        for fault, count, after in FAULTS:
            workspace.stand.traffic.inject(name, fault, count=count, after=after)

        assert set(send(destination, orders)) == {Status.DELIVERED}

        assert order_ids(store, name) == {f"o{number}" for number in range(ORDERS)}
    assert order_events(store, "google_ads") == ORDERS
    assert order_events(store, "meta") == ORDERS
    # one answer was lost on its way, and Google Analytics deduplicates nothing
    assert order_events(store, "google_analytics") >= ORDERS


def test_sending_orders_again_adds_none_where_the_vendor_knows_them(
    workspace: Any, tools: dict[str, Any], orders: list[dict[str, Any]]
) -> None:
    for name in ("google_ads", "meta"):
        for _ in range(2):
            assert set(send(tools[name], orders[:20])) == {Status.DELIVERED}
        assert order_events(workspace.stand.store, name) == 20


def test_a_refund_takes_the_conversion_back(
    workspace: Any, tools: dict[str, Any], orders: list[dict[str, Any]]
) -> None:
    refund = {**orders[1], "event": "Order Refunded", "properties": {"order_id": "o1"}}
    assert send(tools["google_ads"], [refund]) == [Status.REJECTED]  # not known yet

    statuses = send(tools["google_ads"], [orders[1]]) + send(
        tools["google_ads"], [refund]
    )

    assert statuses == [Status.DELIVERED] * 2
    assert send(tools["google_ads"], [refund]) == [Status.DELIVERED]  # there already


def test_records_that_are_never_taken_are_rejected_alone(
    workspace: Any, tools: dict[str, Any], orders: list[dict[str, Any]]
) -> None:
    fault = Fault("reject_records", one_in=7, is_final=True)
    for name in ("google_ads", "meta"):
        workspace.stand.traffic.inject(name, fault, count=10_000)
        statuses = send(tools[name], orders[:40])

        assert 0 < statuses.count(Status.REJECTED) < 20
        taken = len(order_ids(workspace.stand.store, name))
        assert statuses.count(Status.DELIVERED) == taken


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (GoogleAds, {"refresh_token": "wrong"}),
        (GoogleAds, {"developer_token": "wrong"}),
        (GoogleAds, {"customer_id": "1"}),
        (GoogleAds, {"conversion_actions": {"order_completed": "9"}}),
        (Meta, {"access_token": "wrong"}),
        (Meta, {"pixel_id": "9"}),
    ],
)
def test_wrong_settings_are_the_operators_turn(
    workspace: Any, orders: list[dict[str, Any]], kind: Any, changes: dict[str, Any]
) -> None:
    name = "meta" if kind is Meta else "google_ads"
    destination = kind(sections(workspace.environment)[name] | changes)
    (payload,) = destination.translate(orders[0])

    try:
        (outcome,) = destination.deliver([payload.encoded()])
    except NotTaken as refusal:
        outcome = refusal.outcome
    destination.close()

    assert outcome.status is Status.MISCONFIGURED


def test_audiences_are_filled_in_both(workspace: Any) -> None:
    known = sections(workspace.environment)
    lists = {
        "members": CustomerMatch(
            known["google_ads"], workspace.environment["GOOGLE_ADS_USER_LIST_ID"]
        ),
        "users": CustomAudience(
            known["meta"], workspace.environment["META_AUDIENCE_ID"]
        ),
    }
    people = [{"email": f"person{number}@example.com"} for number in range(50)]
    for (kind, audience), name in zip(
        lists.items(), ("google_ads", "meta"), strict=True
    ):
        for prepare in (audience.prepare, audience.prepare_removal):
            outcomes = audience.deliver([prepare(one) for one in people])
            assert {one.status for one in outcomes} == {Status.DELIVERED}
        audience.close()
        assert len(workspace.taken(name, kind)) == 50

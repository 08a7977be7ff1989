from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from activation.destinations.amplitude import Amplitude
from activation.destinations.delivery import deliver_patiently
from activation.destinations.outcome import NotTaken, Status
from cdp.errors import Rejected

Make = Callable[..., dict[str, Any]]
SECTION = {"api_key": "k", "url": "https://api2.amplitude.com"}
ORDER = {
    "total": 30.5,
    "currency": "eur",
    "products": [{"product_id": "p1", "price": 12.3, "quantity": 2}, {"sku": "p2"}],
}


def translated(event: dict[str, Any], **settings: Any) -> list[dict[str, Any]]:
    ours = Amplitude({**SECTION, **settings})
    before = copy.deepcopy(event)
    bodies = [payload.body for payload in ours.translate(event)]
    ours.close()
    assert event == before
    return bodies


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"userId": "u1"},
            [
                {
                    "event_type": "product_viewed",
                    "user_id": "u1",
                    "device_id": "device-1",
                    "time": 1790848801250,
                    "insert_id": "00000000-0000-4000-8000-000000000001",
                    "event_properties": {"product_id": "p1", "price": 12.5},
                }
            ],
        ),
        *(
            (
                {"event": name, "properties": ORDER},
                [
                    {"event_type": name, "event_properties": ORDER},
                    {
                        "event_type": "Product Purchased",
                        "price": 12.3,
                        "quantity": 2,
                        "productId": "p1",
                        "revenueType": "Purchase",
                        "currency": "EUR",
                        "insert_id": "00000000-0000-4000-8000-000000000001-0",
                    },
                ],
            )
            for name in ("order_completed", "Order Completed")
        ),
        (
            {"event": "Order Refunded", "properties": {"total": 5}},
            [{"revenue": -5, "revenueType": "Refund"}],
        ),
        ({"type": "page", "name": "Home"}, [{"event_type": "Viewed Home Page"}]),
        ({"type": "screen"}, [{"event_type": "Viewed Screen"}]),
        (
            {"type": "identify", "traits": {"tier": "gold", "age": None}},
            [
                {
                    "event_type": "$identify",
                    "user_properties": {
                        "$set": {"tier": "gold"},
                        "$unset": {"age": "-"},
                    },
                }
            ],
        ),
        (
            {"type": "group", "groupId": "g1", "traits": {"name": "ACME"}},
            [
                {"event_type": "$identify", "groups": {"company": "g1"}},
                {
                    "event_type": "$groupidentify",
                    "groups": {"company": "g1"},
                    "group_properties": {"$set": {"name": "ACME"}},
                },
            ],
        ),
        ({"type": "identify"}, []),
        ({"type": "alias", "userId": "u1", "previousId": "u0"}, []),
        (
            {"context": {"sessionId": 1790848800, "campaign": {"name": "spring"}}},
            [
                {
                    "session_id": 1790848800000,
                    "user_properties": {"$set": {"utm_campaign": "spring"}},
                }
            ],
        ),
    ],
)
def test_an_event_becomes_amplitudes_events(
    event: Make, fields: dict[str, Any], expected: list[dict[str, Any]]
) -> None:
    bodies = translated(event(**fields))

    assert len(bodies) == len(expected)
    for body, wanted in zip(bodies, expected, strict=True):
        assert {name: body.get(name) for name in wanted} == wanted


def test_revenue_can_be_told_by_order(event: Make) -> None:
    made = event(event="order_completed", properties=ORDER)

    (body,) = translated(made, revenue="order")

    assert (body["revenue"], body["currency"]) == (30.5, "EUR")


@pytest.mark.parametrize(
    "fields", [{"anonymousId": None}, {"messageId": None}, {"type": "group"}]
)
def test_what_lacks_an_id_is_rejected(event: Make, fields: dict[str, Any]) -> None:
    with pytest.raises(Rejected):
        translated(event(**fields))


def items_of(ours: Amplitude, event: Make) -> list[Any]:
    return [one.encoded() for n in range(3) for one in ours.translate(event(n))]


def test_events_that_are_named_are_rejected_and_the_rest_sent_again(
    event: Make, tool: Any, hasty: Any
) -> None:
    tool.answers_with(
        400, {"error": "bad", "events_with_invalid_fields": {"time": [1]}}
    )
    ours = Amplitude({**SECTION, "url": tool.url, "min_id_length": 1})

    outcomes = deliver_patiently(ours, items_of(ours, event), hasty)
    ours.close()

    assert [one.status for one in outcomes] == ["delivered", "rejected", "delivered"]
    assert outcomes[1].reason == "time is invalid"
    assert [len(one.json["events"]) for one in tool.seen] == [3, 2]
    assert tool.seen[0].path == "/2/httpapi"
    assert tool.seen[0].json["api_key"] == "k"
    assert tool.seen[0].json["options"] == {"min_id_length": 1}


def test_who_is_throttled_waits(event: Make, tool: Any) -> None:
    tool.answers_with(429, {"error": "Too many", "throttled_events": [0]})
    ours = Amplitude({**SECTION, "url": tool.url})

    outcomes = ours.deliver(items_of(ours, event))
    ours.close()

    assert [one.retry_after_seconds for one in outcomes] == [30, 0, 0]
    assert {one.status for one in outcomes} == {Status.RETRY}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"error": "Invalid API key: k"}, Status.MISCONFIGURED),
        (400, {"error": "Invalid JSON"}, Status.REJECTED),
        (413, {}, Status.REJECTED),
        (429, {}, Status.RETRY),
        (500, {}, Status.RETRY),
    ],
)
def test_an_answer_about_all_is_about_all(
    event: Make, tool: Any, status: int, body: dict[str, Any], expected: Status
) -> None:
    tool.answers_with(status, body, Retry_After="9")
    ours = Amplitude({**SECTION, "url": tool.url})

    with pytest.raises(NotTaken) as refusal:
        ours.deliver(items_of(ours, event))
    ours.close()

    assert refusal.value.outcome.status is expected
    if status == 429:
        assert refusal.value.outcome.retry_after_seconds == 9

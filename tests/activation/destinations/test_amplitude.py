from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest

from activation.destinations.amplitude import Amplitude
from activation.destinations.delivery import deliver_patiently
from activation.destinations.outcome import NotTaken, Status

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


def test_revenue_can_be_told_by_product(event: Make) -> None:
    made = event(event="Order Completed", properties=ORDER)

    order, line = translated(made, revenue="products")

    assert "revenue" not in order
    assert line["event_type"] == "Product Purchased"
    assert (line["price"], line["quantity"], line["productId"]) == (12.3, 2, "p1")
    assert (line["revenueType"], line["currency"]) == ("purchase", "EUR")
    assert line["insert_id"] == "00000000-0000-4000-8000-000000000001-0"


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


def test_an_alias_maps_users_at_the_vendors_other_address(
    event: Make, tool: Any
) -> None:
    ours = Amplitude({**SECTION, "maps_users": True})
    (payload,) = ours.translate(event(type="alias", userId="new", previousId="old"))
    request = ours.request([payload.encoded()])
    ours.close()

    assert request.url == "https://api.amplitude.com/usermap"
    assert dict(parse_qsl(request.content.decode())) == {
        "api_key": "k",
        "mapping": '[{"user_id":"old","global_user_id":"new"}]',
    }


@pytest.mark.parametrize(
    ("status", "expected"), [(400, Status.REJECTED), (429, Status.RETRY)]
)
def test_a_refused_mapping_says_why(
    event: Make, tool: Any, status: int, expected: Status
) -> None:
    tool.answers_with(status, b"no user_id")
    ours = Amplitude({**SECTION, "url": tool.url, "maps_users": True})
    (payload,) = ours.translate(event(type="alias", userId="new", previousId="old"))

    with pytest.raises(NotTaken) as refused:
        ours.deliver([payload.encoded()])
    ours.close()

    assert tool.seen[0].path == "/usermap"
    assert refused.value.outcome.status == expected
    assert refused.value.outcome.reason == f"HTTP {status}: no user_id"

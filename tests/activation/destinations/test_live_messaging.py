"""A visitor who becomes a customer, as the tools of the messaging team see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from activation.forward import error_of, forward_once
from cdp.settings import Settings

Make = Callable[..., dict[str, Any]]
Connect = Callable[..., Settings]
Arrive = Callable[[Settings, list[dict[str, Any]]], None]
ORDER = {
    "order_id": "o1",
    "total": 24.6,
    "currency": "EUR",
    "products": [{"product_id": "p1", "name": "Cup", "price": 12.3, "quantity": 2}],
}


def visit_of(make: Make) -> list[dict[str, Any]]:
    traits = {"email": "ada@x.example", "first_name": "Ada"}
    known = {"userId": "u1", "context": {"traits": traits}}
    return [
        make(1),
        make(2, type="identify", traits=traits, **known),
        make(3, event="order_completed", properties=ORDER, **known),
    ]


def forward(
    connect: Connect, arrive: Arrive, events: list[dict[str, Any]], **section: Any
) -> Any:
    settings = connect({"tool": {"destination": {"api_key": "key", **section}}})
    arrive(settings, events)
    result = forward_once(settings)
    again = forward_once(settings)
    assert error_of(result) is None
    assert (again.connections[0].delivered, again.connections[0].rejected) == (0, 0)
    return result.connections[0]


def test_braze_merges_the_stranger_before_the_order(
    connected: Connect, arrive: Arrive, event: Make, tool: Any
) -> None:
    tool.usually_answers(201, {"message": "success"})
    result = forward(connected, arrive, visit_of(event), kind="braze")

    assert (result.delivered, result.rejected) == (3, 0)
    sent = [(one.path.rsplit("/", 1)[-1], next(iter(one.json))) for one in tool.seen]
    assert sent == [
        ("track", "events"),
        ("identify", "aliases_to_identify"),
        ("track", "attributes"),
        ("track", "purchases"),
    ]


def test_amplitude_gets_them_in_one_request(
    connected: Connect, arrive: Arrive, event: Make, tool: Any
) -> None:
    result = forward(connected, arrive, visit_of(event), kind="amplitude")

    (seen,) = tool.seen
    assert result.delivered == 3
    assert [one["event_type"] for one in seen.json["events"]] == [
        *("product_viewed", "$identify", "order_completed")
    ]
    assert seen.json["events"][2]["revenue"] == 24.6


def test_klaviyo_knows_the_person_before_the_order(
    connected: Connect, arrive: Arrive, event: Make, tool: Any
) -> None:
    tool.usually_answers(202)
    result = forward(connected, arrive, visit_of(event), kind="klaviyo")

    assert (result.delivered, result.filtered) == (2, 1)
    assert [one.path.rsplit("/", 1)[-1] for one in tool.seen] == [
        *("profile-import", "events", "events")
    ]
    metrics = [
        one.json["data"]["attributes"]["metric"]["data"]["attributes"]["name"]
        for one in tool.seen[1:]
    ]
    assert metrics == ["Placed Order", "Ordered Product"]


@pytest.mark.parametrize("kind", ["amplitude", "braze", "klaviyo"])
def test_a_wrong_key_waits_for_the_operator(
    connected: Connect, arrive: Arrive, event: Make, tool: Any, kind: str
) -> None:
    error = {"error": "Invalid API key: key"}
    tool.usually_answers(400 if kind == "amplitude" else 401, error)
    settings = connected({"tool": {"destination": {"api_key": "key", "kind": kind}}})
    arrive(settings, visit_of(event))

    assert error_of(forward_once(settings)) is not None
    tool.usually_answers(200)
    assert error_of(forward_once(settings)) is None

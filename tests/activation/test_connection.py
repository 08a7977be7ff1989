from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from activation.connections import connections_to, open_connections
from activation.suppression import SuppressionList
from cdp.errors import Misconfigured
from cdp.settings import Settings

Make = Callable[..., dict[str, Any]]
Connect = Callable[..., Settings]


def decided(settings: Settings, event: dict[str, Any]) -> Any:
    (connection,) = open_connections(settings)
    before = copy.deepcopy(event)
    decision = connection.decide(event)
    connection.destination.close()
    assert event == before, "the stored event must stay as it was"
    return decision


def why(settings: Settings, event: dict[str, Any]) -> str:
    outcome = decided(settings, event).outcome
    return f"{outcome.status}: {outcome.reason}" if outcome else ""


def body_of(settings: Settings, event: dict[str, Any]) -> Any:
    (payload,) = decided(settings, event).payloads
    return payload.body


@pytest.mark.parametrize(
    ("section", "fields", "expected"),
    [
        ({}, {}, ""),
        ({"events": ["order_completed"]}, {}, "does not send this event"),
        ({"events": ["product_viewed"]}, {}, ""),
        ({"events": {"deny": ["product_viewed"]}}, {}, "does not send this event"),
        ({}, {"integrations": {"hook": False}}, "switched off"),
        # the loop guard names the kind of tool that an event came from
        ({}, {"integrations": {"All": True, "Webhook": False}}, "switched off"),
        ({}, {"integrations": {"All": False}}, "switched off"),
        ({}, {"integrations": {"All": False, "hook": {"id": 1}}}, ""),
        (
            {"consent": ["advertising"]},
            {"context": {"consent": {"categoryPreferences": {"Advertising": False}}}},
            "no consent to advertising",
        ),
        (
            {"consent": ["advertising"], "unknown_consent": "withhold"},
            {},
            "no consent to advertising",
        ),
        ({"transformations": ["without_internal_traffic"]}, {}, ""),
        (
            {"transformations": ["without_internal_traffic"]},
            {"properties": {"coupon_code": "INTERNAL"}},
            "kept back by a transformation",
        ),
    ],
)
def test_what_is_not_meant_for_a_destination_says_why(
    connected: Connect,
    event: Make,
    section: dict[str, Any],
    fields: dict[str, Any],
    expected: str,
) -> None:
    said = why(connected({"hook": section}), event(**fields))

    assert (expected in said) if expected else said == ""
    assert not expected or said.startswith("filtered: ")


def test_a_suppressed_person_goes_nowhere(connected: Connect, event: Make) -> None:
    settings = connected({"hook": {}})
    SuppressionList(settings.data_dir).add("anonymous_id", "device-1")

    assert why(settings, event()) == "filtered: the person is suppressed"
    assert why(settings, event(anonymousId="device-2")) == ""


def test_a_connection_maps_without_code(connected: Connect, event: Make) -> None:
    settings = connected(
        {
            "hook": {
                "events": {"rename": {"product_viewed": "Viewed"}},
                "properties": {"deny": ["margin"], "rename": {"price": "value"}},
                "constants": {"shop": "main"},
                "fields": {
                    "extra.page": "context.page.url",
                    "extra.tier": {"constant": "gold", "events": ["product_viewed"]},
                    "extra.amount": {"from": ["properties.value"], "as": "text"},
                    "extra.rank": {"from": "properties.rank", "default": 0},
                    "extra.other": {"constant": "x", "events": ["another"]},
                    "extra.absent": "properties.nothing",
                },
            }
        }
    )

    body = body_of(
        settings, event(properties={"price": 12.5, "margin": 3, "product_id": "p1"})
    )

    assert body["event"] == "Viewed"
    assert body["properties"] == {"value": 12.5, "product_id": "p1", "shop": "main"}
    assert body["extra"] == {
        "page": "https://shop.example.com/p1",
        "tier": "gold",
        "amount": "12.5",
        "rank": 0,
    }


def test_only_listed_properties_go_out(connected: Connect, event: Make) -> None:
    settings = connected({"hook": {"properties": ["product_id"]}})

    assert body_of(settings, event())["properties"] == {"product_id": "p1"}


def test_a_failing_transformation_rejects_that_event_there(
    connected: Connect, event: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from activation.transformations import campaign_channel

    monkeypatch.setattr(campaign_channel, "transform", lambda event: event["nothing"])
    settings = connected({"hook": {"transformations": ["campaign_channel"]}})

    said = why(settings, event())

    assert said == "rejected: transformation campaign_channel failed (KeyError)"


def test_what_cannot_be_written_as_json_rejects_that_event_alone(
    connected: Connect, event: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from activation.transformations import campaign_channel

    broken = {"properties": {"place": object()}}
    monkeypatch.setattr(campaign_channel, "transform", lambda event: event | broken)
    settings = connected({"hook": {"transformations": ["campaign_channel"]}})
    (connection,) = open_connections(settings)

    prepared = connection.prepare(json.dumps(event()).encode())
    connection.destination.close()

    assert prepared is not None
    assert prepared.outcome is not None
    assert prepared.outcome.status == "rejected"
    assert prepared.outcome.reason == "the event could not be translated (TypeError)"


def test_an_event_that_breaks_a_destination_stops_no_other(
    connected: Connect, event: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = connected({"hook": {}})
    (connection,) = open_connections(settings)
    monkeypatch.setattr(connection.destination, "translate", lambda _: {}["order"])

    outcome = connection.decide(event()).outcome
    connection.destination.close()

    assert outcome is not None
    assert outcome.reason == "the event could not be translated (KeyError)"


def test_a_split_event_becomes_several_payloads(
    connected: Connect, event: Make
) -> None:
    settings = connected({"hook": {"transformations": ["one_event_per_product"]}})
    products = [{"product_id": "p1"}, {"product_id": "p2"}]

    decision = decided(
        settings,
        event(
            event="order_completed", properties={"order_id": "o", "products": products}
        ),
    )

    names = [payload.body["event"] for payload in decision.payloads]
    assert names == ["order_completed", "product_purchased", "product_purchased"]
    assert len({payload.body["messageId"] for payload in decision.payloads}) == 3


def test_an_advertising_tool_sees_nobody_in_plain_text(
    connected: Connect, event: Make
) -> None:
    settings = connected({"hook": {"destination": {"purpose": "advertising"}}})

    body = body_of(
        settings,
        event(
            context={
                "traits": {"email": "jane@example.com", "first_name": "Jane"},
                "page": {"url": "https://shop.example.com/?e=jane%40example.com"},
            },
        ),
    )

    assert "jane" not in str(body).lower()
    assert body["context"]["page"]["url"].startswith("https://shop.example.com/?e=")


def test_what_the_plan_means_for_others_is_taken_out(
    connected: Connect, event: Make
) -> None:
    settings = connected({"hook": {"destination": {"purpose": "advertising"}}})
    (found,) = open_connections(settings)
    for_support = frozenset({"support"})
    order = replace(
        found.plan.events["order_completed"],
        purposes={
            ("total",): for_support,
            ("products", "[]", "price"): for_support,
            ("currency",): frozenset({"advertising"}),
        },
    )
    traits = replace(found.plan.traits, purposes={("gender",): for_support})
    plan = replace(
        found.plan, events={**found.plan.events, order.name: order}, traits=traits
    )
    connection = replace(found, plan=plan)
    sent = event(
        event="order_completed",
        properties={
            "total": 3,
            "currency": "USD",
            "products": [{"product_id": "p", "price": 3}],
        },
        context={"traits": {"gender": "f", "city": "Lyon"}},
    )
    before = copy.deepcopy(sent)

    (payload,) = connection.decide(sent).payloads
    found.destination.close()

    assert sent == before
    assert payload.body["properties"] == {
        "currency": "USD",
        "products": [{"product_id": "p"}],
    }
    assert payload.body["context"]["traits"] == {"city": "Lyon"}


@pytest.mark.parametrize(
    ("section", "place"),
    [
        ({"events": {"alow": []}}, "connections.hook.events"),
        ({"properties": 3}, "connections.hook.properties"),
        ({"fields": {"a": {"to": "b"}}}, "connections.hook.fields.a"),
        ({"fields": {"a": {"from": "b", "as": "money"}}}, "connections.hook.fields.a"),
        ({"fields": ["a"]}, "connections.hook.fields"),
        ({"constants": "a"}, "connections.hook.constants"),
        ({"consent": [1]}, "connections.hook.consent"),
        ({"unknown_consent": "x"}, "privacy.unknown_consent"),
        ({"settings": ["a"]}, "connections.hook.settings"),
        ({"sources": "web"}, "connections.hook"),
        ({"transformations": ["none"]}, "connections.hook.transformations"),
    ],
)
def test_a_wrong_connection_is_the_operators_turn(
    connected: Connect, section: dict[str, Any], place: str
) -> None:
    with pytest.raises(Misconfigured) as refusal:
        open_connections(connected({"hook": section}))

    assert refusal.value.place == f"headwater.yml: {place}"


def test_connections_are_found_by_their_destination(connected: Connect) -> None:
    settings = connected({"one": {}, "two": {}})

    (found,) = connections_to(settings, "two")
    found.destination.close()

    assert found.name == "two"
    with pytest.raises(Misconfigured, match="no connection leads to"):
        connections_to(settings, "three")

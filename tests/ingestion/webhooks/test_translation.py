"""What of a vendor's event is easily got wrong."""

from __future__ import annotations

from typing import Any

import pytest

from ingestion.webhooks.arrived import Arrived
from ingestion.webhooks.vendors import (
    customerio,
    hubspot,
    intercom,
    salesforce,
    sendgrid,
    shopify,
    stripe,
    zendesk,
)

MODULES = (customerio, hubspot, intercom, sendgrid, shopify, stripe, zendesk)


def charge(kind: str, before: int | None = None, **fields: Any) -> dict[str, Any]:
    (arrived,) = stripe.events_of(
        {
            "id": "evt",
            "type": kind,
            "data": {
                "object": {"id": "ch", "currency": "usd", **fields},
                "previous_attributes": {"amount_refunded": before} if before else {},
            },
        },
        {},
    )
    assert arrived.event is not None
    properties: dict[str, Any] = arrived.event["properties"]
    return properties


@pytest.mark.parametrize(
    ("currency", "written", "units"),
    [
        *(("usd", 3050, 30.5), ("eur", 1, 0.01), ("jpy", 3050, 3050.0)),
        *(("kwd", 3050, 3.05), ("tnd", 3050, 3.05), ("ugx", 500, 5.0)),
    ],
)
def test_an_amount_is_in_units_of_its_own_currency(
    currency: str, written: int, units: float
) -> None:
    found = charge("charge.succeeded", amount=written, currency=currency)

    assert found["amount"] == units
    assert found["currency"] == currency.upper()


def test_each_refund_counts_what_it_gave_back_itself() -> None:
    first = charge("charge.refunded", amount_refunded=1000)
    second = charge("charge.refunded", before=1000, amount_refunded=2500)

    assert (first["amount"], second["amount"]) == (10.0, 15.0)


def test_events_without_an_id_are_told_apart() -> None:
    body = [
        {"event": "open", "email": "a@example.com", "timestamp": 1},
        {"event": "open", "email": "b@example.com", "timestamp": 1},
    ]

    ids = [one.event["messageId"] for one in sendgrid.events_of(body, {}) if one.event]

    assert len(set(ids)) == 2
    again = sendgrid.events_of(body, {})
    assert ids == [one.event["messageId"] for one in again if one.event]
    assert not any("None" in one for one in ids)


def test_a_stranger_is_one_however_the_address_is_spelled() -> None:
    body = [
        {"event": "open", "email": email, "sg_event_id": email}
        for email in ("Jo@Example.com", "jo@example.com ")
    ]

    strangers = {
        one.event["anonymousId"] for one in sendgrid.events_of(body, {}) if one.event
    }

    assert len(strangers) == 1


def test_an_address_stands_where_identity_looks_for_it() -> None:
    body = [{"event": "open", "email": "jo@example.com", "sg_event_id": "1"}]

    (one,) = sendgrid.events_of(body, {})

    assert one.event is not None
    assert one.event["traits"] == {"email": "jo@example.com"}


ODD: tuple[Any, ...] = (
    {},
    {"id": 1, "data": None, "detail": [], "event": "open", "email": 7},
    {"id": 1, "topic": "conversation.user.created", "data": {"item": []}},
    {"id": 1, "line_items": [{"quantity": "two"}, None, 3], "transactions": [None]},
)


@pytest.mark.parametrize("module", MODULES, ids=lambda one: one.__name__)
@pytest.mark.parametrize("body", ODD)
@pytest.mark.parametrize("topic", ["orders/paid", "refunds/create"])
def test_an_item_of_another_shape_costs_nobody_else(
    module: Any, body: Any, topic: str
) -> None:
    is_list = module in {hubspot, sendgrid}

    found = module.events_of([body] if is_list else body, {"x-shopify-topic": topic})

    assert [type(one) for one in found] == [Arrived]


def message(**fields: str) -> dict[str, Any]:
    return {"notifications": [{"Id": "1", **fields}]}


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"object": "Task", "Type": "Call"}, "sales_call_completed"),
        (
            {"object": "Task", "Type": "Call", "Status": "Completed"},
            "sales_call_completed",
        ),
        ({"object": "Task", "Type": "Call", "Status": "Not Started"}, None),
        ({"object": "Task", "Type": "Email"}, None),
        (
            {"object": "Event", "StartDateTime": "2020-01-01T10:00:00Z"},
            "sales_meeting_held",
        ),
        ({"object": "Event", "StartDateTime": "2999-01-01T10:00:00Z"}, None),
        ({"object": "Contact"}, None),
    ],
)
def test_only_what_has_happened_is_an_event_of_sales(
    fields: dict[str, str], name: str | None
) -> None:
    (one,) = salesforce.events_of(message(**fields), {})

    assert (one.event["event"] if one.event else None) == name

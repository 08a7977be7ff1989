from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from activation.destinations.klaviyo_events import KlaviyoEvents
from cdp.errors import Rejected

Make = Callable[..., dict[str, Any]]
NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
KEY = "00000000-0000-4000-8000-000000000001"
WHEN = "2026-10-01T10:00:01.250Z"
ADA = {"userId": "u1", "context": {"traits": {"email": " Ada@X.example"}}}
KNOWN = {"email": "ada@x.example", "external_id": "u1", "anonymous_id": "device-1"}
LINES: list[dict[str, Any]] = [
    {
        "product_id": "p1",
        "sku": "s1",
        "name": "Cup",
        "category": "Kitchen",
        "brand": "ACME",
        "price": 12.3,
        "quantity": 2,
        "url": "https://shop.example.com/p1",
    },
    {"product_id": "p2", "name": "Pan", "category": "Kitchen", "price": "28.20"},
]
ITEMS: list[dict[str, Any]] = [
    {
        "ProductID": "p1",
        "SKU": "s1",
        "ProductName": "Cup",
        "Categories": ["Kitchen"],
        "Brand": "ACME",
        "ProductURL": "https://shop.example.com/p1",
        "Quantity": 2,
        "ItemPrice": 12.3,
        "RowTotal": 24.6,
    },
    {
        "ProductID": "p2",
        "ProductName": "Pan",
        "Categories": ["Kitchen"],
        "Quantity": 1,
        "ItemPrice": 28.2,
        "RowTotal": 28.2,
    },
]
ORDER = {
    "order_id": "o1",
    "total": 52.8,
    "currency": "eur",
    "coupon": "MAY",
    "products": LINES,
}
OF_ORDER = {
    "order_id": "o1",
    "total": 52.8,
    "currency": "eur",
    "coupon": "MAY",
    "OrderId": "o1",
    "DiscountCode": "MAY",
    "Items": ITEMS,
    "ItemNames": ["Cup", "Pan"],
    "Brands": ["ACME"],
    "Categories": ["Kitchen"],
}


def translated(event: dict[str, Any], **settings: Any) -> list[tuple[str, Any]]:
    section = {"api_key": "key", "list_id": "L1", **settings}
    tool = KlaviyoEvents(section, now=lambda: NOW)
    before = copy.deepcopy(event)
    payloads = [(one.lane, one.body) for one in tool.translate(event)]
    again = [(one.lane, one.body) for one in tool.translate(event)]
    tool.close()
    assert event == before
    assert payloads == again
    return payloads


def told(metric: str, properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Write an event as Klaviyo takes it."""
    attributes = {
        "time": WHEN,
        "profile": {"data": {"type": "profile", "attributes": KNOWN}},
        "metric": {"data": {"type": "metric", "attributes": {"name": metric}}},
        "unique_id": KEY,
        "properties": properties,
    }
    return {"type": "event", "attributes": {**attributes, **more}}


PLACED = [
    told("Placed Order", OF_ORDER, value=52.8, value_currency="EUR"),
    *(
        told(
            "Ordered Product",
            {"OrderId": "o1", **item},
            unique_id=f"{KEY}-{number}",
            value=item["RowTotal"],
            value_currency="EUR",
        )
        for number, item in enumerate(ITEMS, start=1)
    ),
]
VIEWED = {
    **LINES[0],
    "ProductID": "p1",
    "SKU": "s1",
    "ProductName": "Cup",
    "Categories": ["Kitchen"],
    "Brand": "ACME",
    "URL": "https://shop.example.com/p1",
    "Price": 12.3,
}
ADDED = {
    **LINES[0],
    **{f"AddedItem{name}": VIEWED[name] for name in list(VIEWED)[len(LINES[0]) :]},
    "AddedItemQuantity": 2,
    "Items": [ITEMS[0]],
    "ItemNames": ["Cup"],
    "Brands": ["ACME"],
    "Categories": ["Kitchen"],
}


@pytest.mark.parametrize(
    ("name", "properties", "expected"),
    [
        ("order_completed", ORDER, PLACED),
        ("Order Completed", ORDER, PLACED),
        *(
            (
                name,
                {**ORDER, "reason": "late"},
                [
                    told(
                        metric,
                        {**OF_ORDER, "reason": "late", "Reason": "late"},
                        value=52.8,
                        value_currency="EUR",
                    )
                ],
            )
            for name, metric in (
                ("order_cancelled", "Cancelled Order"),
                ("Order Cancelled", "Cancelled Order"),
                ("order_refunded", "Refunded Order"),
                ("Order Refunded", "Refunded Order"),
                ("Checkout Started", "Started Checkout"),
                ("checkout_started", "Started Checkout"),
            )
        ),
        ("product_viewed", LINES[0], [told("Viewed Product", VIEWED)]),
        ("Product Viewed", LINES[0], [told("Viewed Product", VIEWED)]),
        ("product_added", LINES[0], [told("Added to Cart", ADDED, value=24.6)]),
        ("Product Added", LINES[0], [told("Added to Cart", ADDED, value=24.6)]),
        ("quiz_done", {"value": 3}, [told("quiz_done", {"value": 3})]),
        (
            "quiz_done",
            {"value": 3, "currency": "EUR"},
            [
                told(
                    "quiz_done",
                    {"value": 3, "currency": "EUR"},
                    value=3,
                    value_currency="EUR",
                )
            ],
        ),
        (
            "Products Searched",
            {"query": "cup"},
            [told("Products Searched", {"query": "cup"})],
        ),
    ],
)
def test_an_event_is_klaviyos_metric(
    event: Make,
    name: str,
    properties: dict[str, Any],
    expected: list[dict[str, Any]],
) -> None:
    made = event(event=name, properties=properties, **ADA)

    assert translated(made) == [("event", body) for body in expected]


@pytest.mark.parametrize("name", ["order_completed", "order_refunded"])
def test_an_orders_number_can_be_its_events_id(event: Make, name: str) -> None:
    bodies = translated(event(event=name, properties=ORDER, **ADA), matches_orders=True)

    assert bodies[0][1]["attributes"]["unique_id"] == "o1"


def test_an_old_event_begins_no_flow(event: Make) -> None:
    made = event(timestamp="2026-09-30T11:59:00Z", **ADA)

    assert translated(made)[0][1]["attributes"]["backfill"] is True
    later = translated(made, past_after_hours=48)
    assert "backfill" not in later[0][1]["attributes"]


@pytest.mark.parametrize(
    ("fields", "settings", "metrics"),
    [
        ({"type": "page", **ADA}, {}, []),
        ({"type": "page", **ADA}, {"sends_pages": True}, ["Active on Site"]),
        ({"type": "screen", **ADA}, {"sends_pages": True}, []),
        ({"type": "group", "groupId": "g1", **ADA}, {}, []),
        ({"type": "alias", "previousId": "u0", **ADA}, {}, []),
        ({"event": "product_viewed"}, {}, []),
        (
            {"event": "product_viewed"},
            {"sends_strangers": True},
            ["Viewed Product"],
        ),
    ],
)
def test_what_klaviyo_does_not_know_is_not_sent(
    event: Make, fields: dict[str, Any], settings: dict[str, Any], metrics: list[str]
) -> None:
    bodies = [body["attributes"] for _, body in translated(event(**fields), **settings)]

    named = [body["metric"]["data"]["attributes"]["name"] for body in bodies]
    assert named == metrics


@pytest.mark.parametrize(
    "fields", [{"event": ""}, {"messageId": None}, {"timestamp": "yesterday"}]
)
def test_what_klaviyo_would_not_take_is_rejected(
    event: Make, fields: dict[str, Any]
) -> None:
    with pytest.raises(Rejected):
        translated(event(**ADA | fields))


def test_a_line_keeps_what_klaviyo_has_no_name_for(event: Make) -> None:
    product = {"sku": "s1", "price": 2, "size": "L", "engraving": {"text": "Ada"}}
    made = event(
        event="order_completed",
        properties={"order_id": "o1", "products": [product]},
        userId="u1",
    )

    (_, order), (_, line) = translated(made)

    told = {"size": "L", "engraving": {"text": "Ada"}}
    (item,) = order["attributes"]["properties"]["Items"]
    assert told.items() <= item.items()
    assert told.items() <= line["attributes"]["properties"].items()
    assert "price" not in item


@pytest.mark.parametrize(
    ("settings", "lists"), [({}, {"id": "L1", "type": "list"}), ({"list_id": ""}, None)]
)
def test_who_leaves_the_newsletter_is_unsubscribed(
    event: Make, settings: dict[str, Any], lists: dict[str, str] | None
) -> None:
    made = event(event="Newsletter Unsubscribed", properties={"email": "A@x.example"})

    (_, happened), (lane, job) = translated(made, **settings)

    assert happened["attributes"]["metric"]["data"]["attributes"]["name"] == (
        "Newsletter Unsubscribed"
    )
    assert lane == "unsubscription"
    (person,) = job["attributes"]["profiles"]["data"]
    assert person["attributes"] == {
        "email": "a@x.example",
        "subscriptions": {"email": {"marketing": {"consent": "UNSUBSCRIBED"}}},
    }
    assert job.get("relationships", {}).get("list", {}).get("data") == lists


def test_leaving_can_have_no_name(event: Make) -> None:
    made = event(event="newsletter_unsubscribed", properties={"email": "a@x.example"})

    assert len(translated(made, unsubscription_events=[])) == 1

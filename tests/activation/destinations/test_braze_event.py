from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from activation.destinations.braze import Braze
from cdp.errors import Rejected

Make = Callable[..., dict[str, Any]]
SECTION = {"url": "https://rest.iad-01.braze.com", "api_key": "key"}
WHEN = "2026-10-01T10:00:01.250Z"
USER = {"userId": "u1"}
ALIAS = {"alias_name": "device-1", "alias_label": "anonymous_id"}
STRANGER = {"user_alias": ALIAS, "_update_existing_only": False}
TRAITS = {
    "email": "ada@x.example",
    "firstName": "Ada",
    "last_name": "Lovelace",
    "birthday": "1990-12-10T00:00:00Z",
    "gender": "female",
    "phone": "+441632960001",
    "address": {"city": "London", "country": "gb"},
    "tier": "gold",
    "company": None,
    "first_name": None,
}
ORDER = {
    "order_id": "o1",
    "currency": "eur",
    "total": 52.8,
    "products": [
        {"product_id": "p1", "price": 12.3, "quantity": 2, "brand": "ACME"},
        {"sku": "s2", "price": "28.20"},
    ],
}
PURCHASES = [
    {
        "product_id": "p1",
        "currency": "EUR",
        "price": 12.3,
        "quantity": 2,
        "properties": {"order_id": "o1", "total": 52.8, "brand": "ACME"},
    },
    {
        "product_id": "s2",
        "currency": "EUR",
        "price": 28.2,
        "quantity": 1,
        "properties": {"order_id": "o1", "total": 52.8, "sku": "s2"},
    },
]


def translated(event: dict[str, Any], **settings: Any) -> list[tuple[str, Any]]:
    tool = Braze({**SECTION, **settings})
    before = copy.deepcopy(event)
    payloads = [(one.lane, one.body) for one in tool.translate(event)]
    again = [(one.lane, one.body) for one in tool.translate(event)]
    tool.close()
    assert event == before
    assert payloads == again
    return payloads


@pytest.mark.parametrize(
    ("fields", "settings", "expected"),
    [
        (
            {"type": "identify", "traits": TRAITS, **USER},
            {},
            [
                ("identify", {"external_id": "u1", "user_alias": ALIAS}),
                (
                    "attributes",
                    {
                        "external_id": "u1",
                        "email": "ada@x.example",
                        "first_name": "Ada",
                        "last_name": "Lovelace",
                        "dob": "1990-12-10",
                        "gender": "F",
                        "home_city": "London",
                        "country": "GB",
                        "phone": "+441632960001",
                        "tier": "gold",
                        "company": None,
                    },
                ),
            ],
        ),
        (
            {"type": "identify", "traits": {"tier": "new"}},
            {},
            [("attributes", {**STRANGER, "tier": "new"})],
        ),
        ({"type": "identify", "traits": {}, "anonymousId": None, **USER}, {}, []),
        *(
            (
                {"event": name, "properties": ORDER, **USER},
                {},
                [
                    ("purchases", {"external_id": "u1", "time": WHEN, **one})
                    for one in PURCHASES
                ],
            )
            for name in ("order_completed", "Order Completed", "Completed Order")
        ),
        (
            {"event": "order_completed", "properties": {"total": 9.5}, **USER},
            {"currency": "usd", "app_id": "shop"},
            [
                (
                    "purchases",
                    {
                        "external_id": "u1",
                        "currency": "USD",
                        "time": WHEN,
                        "app_id": "shop",
                        "product_id": "order_completed",
                        "price": 9.5,
                        "quantity": 1,
                        "properties": {"total": 9.5},
                    },
                )
            ],
        ),
        *(
            (
                {"event": name, "properties": {"order_id": "o1"}, **USER},
                {"orders": "event"},
                [
                    (
                        "events",
                        {
                            "external_id": "u1",
                            "name": name,
                            "time": WHEN,
                            "properties": {"order_id": "o1"},
                        },
                    )
                ],
            )
            for name in (
                *("order_completed", "Order Completed", "Order Refunded"),
                *("order_refunded", "Product Viewed", "product_added", "Anything"),
            )
        ),
        (
            {"event": "product_viewed", "properties": {"time": 1, "event_name": "x"}},
            {},
            [("events", {**STRANGER, "name": "product_viewed", "time": WHEN})],
        ),
        ({"event": "product_viewed"}, {"sends_strangers": False}, []),
        ({"type": "page", "name": "Home", **USER}, {}, []),
        (
            {"type": "page", "name": "Home", "properties": {}, **USER},
            {"sends_pages": True},
            [
                (
                    "events",
                    {"external_id": "u1", "name": "Viewed Home Page", "time": WHEN},
                )
            ],
        ),
        (
            {"type": "screen", "properties": {}, **USER},
            {"sends_pages": True},
            [("events", {"external_id": "u1", "name": "Viewed Screen", "time": WHEN})],
        ),
        ({"type": "group", "groupId": "g1", **USER}, {}, []),
        (
            {"type": "alias", "previousId": "device-1", **USER},
            {},
            [("identify", {"external_id": "u1", "user_alias": ALIAS})],
        ),
    ],
)
def test_an_event_is_what_braze_calls_it(
    event: Make,
    fields: dict[str, Any],
    settings: dict[str, Any],
    expected: list[tuple[str, Any]],
) -> None:
    assert translated(event(**fields), **settings) == expected


def test_more_than_a_hundred_of_a_product_are_several_purchases(event: Make) -> None:
    product = {"product_id": "p1", "price": 2, "quantity": 230}
    order = {"currency": "EUR", "products": [product]}
    bodies = translated(event(event="order_completed", properties=order, **USER))

    assert [body["quantity"] for _, body in bodies] == [100, 100, 30]


@pytest.mark.parametrize(
    "fields",
    [
        {"anonymousId": None},
        {"event": None},
        {"timestamp": "yesterday"},
        {"type": "alias", "userId": "u1"},
        {"event": "order_completed", "properties": {"total": 9.5}},
        {"event": "order_completed", "properties": {"currency": "EUR"}},
        {
            "event": "order_completed",
            "properties": {"currency": "EUR", "products": [{"price": 1}]},
        },
        {
            "event": "order_completed",
            "properties": {
                "currency": "EUR",
                "products": [{"sku": "s", "price": 1, "quantity": -1}],
            },
        },
    ],
)
def test_what_braze_would_not_take_is_rejected(
    event: Make, fields: dict[str, Any]
) -> None:
    with pytest.raises(Rejected):
        translated(event(**fields))

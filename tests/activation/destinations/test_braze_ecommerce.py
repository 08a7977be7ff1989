from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from activation.destinations.braze import Braze

Make = Callable[..., dict[str, Any]]
SECTION = {
    "url": "https://rest.iad-01.braze.com",
    "api_key": "key",
    "orders": "recommended",
}
LINE: dict[str, Any] = {
    "product_id": "p1",
    "sku": "s1",
    "name": "Cup",
    "price": 12.3,
    "quantity": 2,
    "url": "https://shop.example.com/p1",
    "brand": "ACME",
}
ITEM: dict[str, Any] = {
    "product_id": "p1",
    "product_name": "Cup",
    "variant_id": "s1",
    "product_url": "https://shop.example.com/p1",
    "price": 12.3,
    "metadata": {"sku": "s1", "brand": "ACME"},
}
IN_CART = {**ITEM, "quantity": 2}
COMMON = {"currency": "EUR", "source": "web"}
ORDER: dict[str, Any] = {
    "order_id": "o1",
    "cart_id": "c1",
    "total": 29.6,
    "revenue": 24.6,
    "discount": 1,
    "currency": "eur",
    "shipping": 5,
    "products": [LINE],
}
TOLD: dict[str, Any] = {
    "order_id": "o1",
    "cart_id": "c1",
    "total_discounts": 1,
    "total_value": 29.6,
    **COMMON,
    "products": [IN_CART],
    "metadata": {"shipping": 5},
}


def translated(event: dict[str, Any], **settings: Any) -> tuple[str, Any]:
    tool = Braze({**SECTION, **settings})
    before = copy.deepcopy(event)
    (payload,) = tool.translate(event)
    tool.close()
    assert event == before
    assert payload.lane == "events"
    assert payload.body["external_id"] == "u1"
    return payload.body["name"], payload.body["properties"]


@pytest.mark.parametrize(
    ("names", "properties", "expected"),
    [
        (
            ("product_viewed", "Product Viewed"),
            {**LINE, "currency": "EUR"},
            ("ecommerce.product_viewed", {**ITEM, **COMMON}),
        ),
        *(
            (
                (name,),
                {**LINE, "currency": "EUR", "cart_id": "c1"},
                (
                    "ecommerce.cart_updated",
                    {
                        "cart_id": "c1",
                        "total_value": 24.6,
                        "action": action,
                        **COMMON,
                        "products": [IN_CART],
                    },
                ),
            )
            for name, action in (
                *(("product_added", "add"), ("Product Added", "add")),
                *(("product_removed", "remove"), ("Product Removed", "remove")),
            )
        ),
        (
            ("checkout_started", "Checkout Started"),
            {**ORDER, "checkout_id": "k1"},
            (
                "ecommerce.checkout_started",
                {
                    "checkout_id": "k1",
                    "cart_id": "c1",
                    "total_value": 29.6,
                    **COMMON,
                    "products": [IN_CART],
                    "metadata": {"discount": 1, "shipping": 5},
                },
            ),
        ),
        (
            ("order_completed", "Order Completed"),
            ORDER,
            ("ecommerce.order_placed", TOLD),
        ),
        (
            ("order_refunded", "Order Refunded"),
            ORDER,
            ("ecommerce.order_refunded", TOLD),
        ),
        (
            ("order_cancelled", "Order Cancelled"),
            {**ORDER, "reason": "late"},
            ("ecommerce.order_cancelled", {**TOLD, "cancel_reason": "late"}),
        ),
    ],
)
def test_a_shops_event_is_the_recommended_one(
    event: Make,
    names: tuple[str, ...],
    properties: dict[str, Any],
    expected: tuple[str, dict[str, Any]],
) -> None:
    for name in names:
        made = event(event=name, properties=properties, userId="u1")
        assert translated(made) == expected


@pytest.mark.parametrize(
    ("name", "properties"),
    [
        ("product_viewed", LINE),
        ("product_viewed", {"product_id": "p1", "price": 1, "currency": "EUR"}),
        ("product_added", {**LINE, "currency": "EUR"}),
        ("order_cancelled", ORDER),
        ("order_completed", {"order_id": "o1", "total": 1, "currency": "EUR"}),
        ("order_completed", {**ORDER, "order_id": None}),
        ("cart_viewed", ORDER),
        ("Anything", ORDER),
    ],
)
def test_what_braze_would_refuse_stays_the_shops_own_event(
    event: Make, name: str, properties: dict[str, Any]
) -> None:
    made = event(event=name, properties=properties, userId="u1")

    assert translated(made) == (name, properties)


def test_a_setting_and_the_device_say_what_the_event_does_not(event: Make) -> None:
    made = event(
        event="product_viewed",
        properties=LINE,
        userId="u1",
        context={"device": {"type": "iOS"}},
    )
    name, properties = translated(made, currency="usd")

    assert name == "ecommerce.product_viewed"
    assert (properties["currency"], properties["source"]) == ("USD", "ios")

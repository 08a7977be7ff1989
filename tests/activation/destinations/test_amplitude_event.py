from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from activation.destinations.amplitude import Amplitude
from cdp.errors import Rejected

Make = Callable[..., dict[str, Any]]
KEY = "00000000-0000-4000-8000-000000000001"
START = {"insert_id": KEY, "time": 1790848801250, "device_id": "device-1"}
KNOWN = {**START, "user_id": "u1"}
USER = {"userId": "u1", "context": {}}
LINE = {"product_id": "p1", "price": 12.3, "quantity": 2}
ORDER = {
    "order_id": "o1",
    "total": 52.8,
    "currency": "eur",
    "products": [LINE, {"sku": "s2", "price": 28.2}],
}
ONE = {"total": 24.6, "currency": "EUR", "products": [LINE]}
SHIPPED = {**ONE, "total": 29.6}
CONTEXT = {
    "sessionId": 1790848000,
    "groupId": "g1",
    "locale": "en-GB",
    "ip": "203.0.113.7",
    "app": {"version": "2.1"},
    "os": {"name": "iOS", "version": "19"},
    "device": {
        "id": "d-2",
        "type": "ios",
        "manufacturer": "Apple",
        "model": "iPhone17,1",
        "advertisingId": "idfa-1",
    },
    "network": {"carrier": "O2"},
    "location": {"country": "GB", "city": "London", "latitude": 51.5, "longitude": 0},
    "campaign": {"source": "news", "medium": "email", "name": "spring"},
}
NAMES = (
    *("Products Searched", "product_list_viewed", "Product Clicked", "product_viewed"),
    *("Product Added", "product_removed", "Cart Viewed", "checkout_started"),
    *("Checkout Step Viewed", "Payment Info Entered", "order_cancelled", "Anything"),
    *("Coupon Entered", "product_added_to_wishlist", "Promotion Viewed"),
)


def translated(event: dict[str, Any], **settings: Any) -> list[dict[str, Any]]:
    tool = Amplitude({"api_key": "key", **settings})
    before = copy.deepcopy(event)
    bodies = [payload.body for payload in tool.translate(event)]
    again = [payload.body for payload in tool.translate(event)]
    tool.close()
    assert event == before
    assert bodies == again
    return bodies


def revenue(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**KNOWN, "event_properties": properties, **more}


@pytest.mark.parametrize(
    ("fields", "settings", "expected"),
    [
        *(
            (
                {"event": name, "properties": ORDER, **USER},
                {},
                [revenue(ORDER, event_type=name)],
            )
            for name in NAMES
        ),
        *(
            (
                {"event": name, "properties": ORDER, **USER},
                {},
                [
                    revenue(
                        ORDER,
                        event_type=name,
                        revenue=52.8,
                        revenueType="purchase",
                        currency="EUR",
                    )
                ],
            )
            for name in ("order_completed", "Order Completed")
        ),
        (
            {"event": "order_completed", "properties": ONE, **USER},
            {},
            [
                revenue(
                    ONE,
                    event_type="order_completed",
                    revenue=24.6,
                    revenueType="purchase",
                    currency="EUR",
                    productId="p1",
                    price=12.3,
                    quantity=2,
                )
            ],
        ),
        (
            {"event": "order_completed", "properties": SHIPPED, **USER},
            {},
            [
                revenue(
                    SHIPPED,
                    event_type="order_completed",
                    revenue=29.6,
                    revenueType="purchase",
                    currency="EUR",
                    productId="p1",
                )
            ],
        ),
        *(
            (
                {"event": name, "properties": ONE, **USER},
                {},
                [
                    revenue(
                        ONE,
                        event_type=name,
                        revenue=-24.6,
                        revenueType="refund",
                        currency="EUR",
                        productId="p1",
                        price=-12.3,
                        quantity=2,
                    )
                ],
            )
            for name in ("order_refunded", "Order Refunded")
        ),
        (
            {"event": "order_refunded", "properties": {"order_id": "o1"}, **USER},
            {},
            [revenue({"order_id": "o1"}, event_type="order_refunded")],
        ),
        (
            {"event": "app_opened", "properties": {}, "context": CONTEXT},
            {"group_type": "company"},
            [
                {
                    **START,
                    "event_type": "app_opened",
                    "session_id": 1790848000000,
                    "app_version": "2.1",
                    "platform": "iOS",
                    "os_name": "iOS",
                    "os_version": "19",
                    "device_manufacturer": "Apple",
                    "device_model": "iPhone17,1",
                    "idfa": "idfa-1",
                    "idfv": "d-2",
                    "carrier": "O2",
                    "country": "GB",
                    "city": "London",
                    "location_lat": 51.5,
                    "location_lng": 0,
                    "language": "en-GB",
                    "ip": "203.0.113.7",
                    "groups": {"company": "g1"},
                    "user_properties": {
                        "utm_source": "news",
                        "utm_medium": "email",
                        "utm_campaign": "spring",
                    },
                }
            ],
        ),
        (
            {"type": "page", "name": "Home", "properties": {"path": "/"}},
            {},
            [
                {
                    **START,
                    "event_type": "Viewed Home Page",
                    "platform": "Web",
                    "event_properties": {"path": "/"},
                }
            ],
        ),
        (
            {"type": "screen", "properties": {}, **USER},
            {},
            [{**KNOWN, "event_type": "Viewed Screen"}],
        ),
        (
            {"type": "page", "name": "Home", "properties": {}, **USER},
            {"page_event": "Loaded a Page"},
            [{**KNOWN, "event_type": "Loaded a Page"}],
        ),
        ({"type": "page", "name": "Home", **USER}, {"page_event": ""}, []),
        (
            {"type": "identify", "traits": {"tier": "gold", "old": None}, **USER},
            {},
            [
                {
                    **KNOWN,
                    "event_type": "$identify",
                    "user_properties": {
                        "$set": {"tier": "gold"},
                        "$unset": {"old": "-"},
                    },
                }
            ],
        ),
        (
            {"type": "group", "groupId": "g1", "traits": {"plan": "pro"}, **USER},
            {},
            [
                {
                    **KNOWN,
                    "insert_id": f"{KEY}-group",
                    "event_type": "$groupidentify",
                    "groups": {"group": "g1"},
                    "group_properties": {"$set": {"plan": "pro"}},
                },
                {**KNOWN, "event_type": "$identify", "groups": {"group": "g1"}},
            ],
        ),
        ({"type": "alias", "previousId": "u0", **USER}, {}, []),
        (
            {"type": "alias", "previousId": "u0", **USER},
            {"maps_users": True},
            [{"user_id": "u0", "global_user_id": USER["userId"]}],
        ),
    ],
)
def test_an_event_is_what_amplitude_calls_it(
    event: Make,
    fields: dict[str, Any],
    settings: dict[str, Any],
    expected: list[dict[str, Any]],
) -> None:
    assert translated(event(**fields), **settings) == expected


@pytest.mark.parametrize(
    "fields",
    [
        {"anonymousId": None},
        {"messageId": None},
        {"event": ""},
        {"timestamp": "yesterday"},
        {"type": "group"},
    ],
)
def test_what_amplitude_would_not_take_is_rejected(
    event: Make, fields: dict[str, Any]
) -> None:
    with pytest.raises(Rejected):
        translated(event(**fields))


def test_an_android_device_is_known_by_its_own_ids(event: Make) -> None:
    context = {
        "os": {"name": "Android", "version": "16"},
        "device": {"advertisingId": "ad-1", "id": "d-1"},
    }

    (body,) = translated(event(context=context))

    assert (body["adid"], body["android_id"], body["platform"]) == (
        *("ad-1", "d-1"),
        "Android",
    )
    assert "idfa" not in body

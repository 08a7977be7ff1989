from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from activation.destinations.google_analytics import GoogleAnalytics
from cdp.errors import Rejected

Make = Callable[..., dict[str, Any]]
SECTION = {"api_secret": "s", "measurement_id": "G-1"}
PRODUCT = {"product_id": "p1", "name": "Mug", "price": "12.30", "quantity": "2"}
ITEM = {"item_id": "p1", "item_name": "Mug", "price": 12.3, "quantity": 2}
CART = {"products": [PRODUCT], "currency": "eur"}
OF_CART = {"items": [ITEM], "currency": "EUR", "value": 24.6}
ORDER = {
    **CART,
    "coupon_code": "C",
    "order_id": "o1",
    "revenue": 24.6,
    "total": 30,
    "tax": 1,
    "shipping": 4,
}
OF_ORDER = {**OF_CART, "coupon": "C", "transaction_id": "o1", "tax": 1, "shipping": 4}
LIST = {"list_id": "l1", "category": "Mugs", "products": [PRODUCT]}
OF_LIST = {"item_list_id": "l1", "item_list_name": "Mugs", "items": [ITEM]}
PROMOTION = {"promotion_id": "x", "name": "Sale", "creative": "top", "position": "b1"}
OF_PROMOTION = {
    "promotion_id": "x",
    "promotion_name": "Sale",
    "creative_name": "top",
    "creative_slot": "b1",
}
TABLE = [
    ("Products Searched", {"query": "mug"}, "search", {"search_term": "mug"}),
    ("Product List Viewed", LIST, "view_item_list", OF_LIST),
    ("Product List Filtered", LIST, "view_item_list", OF_LIST),
    ("Product Clicked", LIST, "select_item", OF_LIST),
    ("Promotion Viewed", PROMOTION, "view_promotion", OF_PROMOTION),
    ("Promotion Clicked", PROMOTION, "select_promotion", OF_PROMOTION),
    ("Product Viewed", PRODUCT, "view_item", {"items": [ITEM], "value": 24.6}),
    ("Product Added", CART, "add_to_cart", OF_CART),
    ("Product Removed", CART, "remove_from_cart", OF_CART),
    ("Cart Viewed", CART, "view_cart", OF_CART),
    ("Checkout Started", CART, "begin_checkout", OF_CART),
    (
        "Payment Info Entered",
        {**CART, "payment_method": "Visa"},
        "add_payment_info",
        {**OF_CART, "payment_type": "Visa"},
    ),
    (
        "Checkout Step Completed",
        {**CART, "shipping_method": "Ground"},
        "add_shipping_info",
        {**OF_CART, "shipping_tier": "Ground"},
    ),
    ("Order Completed", ORDER, "purchase", OF_ORDER),
    ("Order Refunded", ORDER, "refund", OF_ORDER),
    ("Product Added to Wishlist", CART, "add_to_wishlist", OF_CART),
    ("Product Shared", {"share_via": "mail"}, "share", {"method": "mail"}),
    ("Cart Shared", {"share_via": "mail"}, "share", {"method": "mail"}),
    ("Coupon Applied", {"coupon_id": "c"}, "coupon_applied", {"coupon_id": "c"}),
    ("sign_up", {"method": "mail"}, "sign_up", {"method": "mail"}),
]


@pytest.fixture
def make(event: Make) -> Make:
    """Makes an event of this moment."""

    def made(number: int = 1, **fields: Any) -> dict[str, Any]:
        now = datetime.now(UTC).isoformat()
        return event(number, **{"timestamp": now, "context": {}, **fields})

    return made


def translated(event: dict[str, Any], **settings: Any) -> dict[str, Any]:
    tool = GoogleAnalytics(SECTION | settings)
    (payload,) = tool.translate(event)
    tool.close()
    return payload.body


def params_of(body: dict[str, Any]) -> dict[str, Any]:
    (one,) = body["events"]
    shown: dict[str, Any] = one["params"]
    return shown


@pytest.mark.parametrize("spelling", ["spec", "ours"])
@pytest.mark.parametrize(("name", "told", "theirs", "params"), TABLE)
def test_each_event_has_its_name_and_parameters(
    make: Make,
    spelling: str,
    name: str,
    told: dict[str, Any],
    theirs: str,
    params: dict[str, Any],
) -> None:
    if spelling == "ours":
        name = name.lower().replace(" ", "_")
    one = make(event=name, properties=told)
    before = copy.deepcopy(one)

    body = translated(one)

    assert one == before
    assert body["client_id"] == "device-1"
    assert body["events"][0]["name"] == theirs
    assert params_of(body) == {"engagement_time_msec": 1, **params}


def test_pages_screens_and_groups_have_events(make: Make) -> None:
    page = {"url": "https://shop.example.com/p1", "referrer": "r", "title": "Mug"}
    seen = translated(make(type="page", event=None, properties=page, name="Mug"))
    assert seen["events"][0]["name"] == "page_view"
    assert params_of(seen)["page_location"] == page["url"]
    assert params_of(seen)["page_title"] == "Mug"
    screen = translated(make(type="screen", event=None, properties={}, name="Cart"))
    assert params_of(screen)["screen_name"] == "Cart"
    group = translated(make(type="group", event=None, properties=None, groupId="g1"))
    assert group["events"][0]["name"] == "join_group"
    assert params_of(group)["group_id"] == "g1"


def test_an_identify_becomes_what_is_set_and_an_alias_nothing(make: Make) -> None:
    traits = {"plan": "pro", "email": "ada@example.com", "firstName": "Ada"}
    identify = make(type="identify", event=None, userId="u1", traits=traits)
    assert not GoogleAnalytics(SECTION).translate(identify)
    assert not GoogleAnalytics(SECTION).translate(make(type="alias", event=None))

    body = translated(identify, identify_event="login")

    assert body["events"][0]["name"] == "login"
    assert body["user_id"] == "u1"
    assert body["user_properties"] == {"plan": {"value": "pro"}}


def test_the_client_is_read_where_it_is_told(make: Make) -> None:
    own = {"Google Analytics 4": {"clientId": "1.2", "sessionId": "3"}}
    told = translated(make(integrations=own))
    assert (told["client_id"], params_of(told)["session_id"]) == ("1.2", "3")
    listed = {"externalId": [{"type": "ga4ClientId", "id": "4.5"}]}
    assert translated(make(context=listed))["client_id"] == "4.5"
    path = make(properties={"ga": "6.7"})
    assert translated(path, client_id_path="properties.ga")["client_id"] == "6.7"
    app = {"externalId": [{"type": "ga4AppInstanceId", "id": "a1"}]}
    stream = {"measurement_id": "", "firebase_app_id": "1:2"}
    assert translated(make(context=app), **stream)["app_instance_id"] == "a1"
    with pytest.raises(Rejected, match="no app_instance_id"):
        translated(make(), **stream)


def test_consent_is_told_where_it_is_known(make: Make) -> None:
    settings = {"consent": {"ad_user_data": "Marketing", "ad_personalization": "Ads"}}
    consent = {"consent": {"categoryPreferences": {"marketing": True, "ads": False}}}

    told = translated(make(context=consent), **settings)["consent"]

    assert told == {"ad_user_data": "GRANTED", "ad_personalization": "DENIED"}
    assert "consent" not in translated(make(), **settings)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"timestamp": "2020-01-01T00:00:00Z"}, "last 72 hours"),
        ({"event": "first_open"}, "reserved"),
        ({"event": "ga_thing"}, "reserved"),
        ({"event": "1st"}, "begin with a letter"),
        ({"event": "x" * 41}, "more than 40"),
        ({"timestamp": "soon"}, "no time"),
    ],
)
def test_what_google_drops_in_silence_is_refused(
    make: Make, fields: dict[str, Any], why: str
) -> None:
    with pytest.raises(Rejected, match=why):
        translated(make(**fields))


def test_parameters_keep_to_the_limits(make: Make) -> None:
    many = {f"p{number}": "x" * 200 for number in range(40)} | {"firebase_x": 1}

    params = params_of(translated(make(properties=many)))

    assert len(params) == 25
    assert max(len(str(value)) for value in params.values()) == 100
    assert "firebase_x" not in params


def test_a_product_keeps_what_google_has_no_name_for(make: Make) -> None:
    product = PRODUCT | {"size": "L", "made_of": {"wool": True}, "email": "a@x.example"}
    product |= {f"p{number:02}": number for number in range(40)}

    params = params_of(translated(make(properties={"products": [product]})))

    (item,) = params["items"]
    assert (item["size"], item["made_of_wool"]) == ("L", True)
    assert item["item_id"] == ITEM["item_id"]
    assert len(item) == len(ITEM) + 27
    assert "email" not in item


def test_whom_an_order_is_sent_to_stays_unnamed(make: Make) -> None:
    there = {"name": "Bob", "address1": "1 High St", "city": "London"}

    params = params_of(translated(make(properties={"shipping_address": there})))

    assert params["shipping_address_city"] == "London"
    assert not {"Bob", "1 High St"} & set(map(str, params.values()))


def test_the_coupon_of_one_product_is_its_items(make: Make) -> None:
    told = PRODUCT | {"coupon": "SUMMER"}

    viewed = params_of(translated(make(event="Product Viewed", properties=told)))
    ordered = params_of(
        translated(make(event="Order Completed", properties={"products": [told]}))
    )

    assert "coupon" not in viewed | ordered
    assert viewed["items"][0]["coupon"] == ordered["items"][0]["coupon"] == "SUMMER"

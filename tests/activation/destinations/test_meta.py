from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activation.destinations.hashing import sha256
from activation.destinations.meta import Meta
from activation.destinations.outcome import NotTaken, Status
from cdp.errors import Rejected

Make = Callable[..., dict[str, Any]]
At = Callable[..., Meta]
SECTION = {"pixel_id": "px", "access_token": "token"}
PRODUCT = {"product_id": "p1", "name": "Mug", "price": "12.30", "quantity": "2"}
CONTENTS = [{"id": "p1", "quantity": 2, "item_price": 12.3}]
CART = {"products": [PRODUCT], "currency": "eur"}
ABOUT = {
    "content_ids": ["p1"],
    "content_type": "product",
    "contents": CONTENTS,
    "currency": "EUR",
    "value": 24.6,
}
PHONE = {"os": {"name": "Android", "version": "16"}}
ORDER = {**CART, "order_id": "o1", "revenue": 24.6, "total": 30}
TABLE = [
    ("Product List Viewed", CART, "ViewContent", ABOUT),
    ("Product Viewed", CART, "ViewContent", ABOUT),
    ("Product Added", CART, "AddToCart", ABOUT),
    ("Product Added to Wishlist", CART, "AddToWishlist", ABOUT),
    ("Products Searched", {"query": "mug"}, "Search", {"search_string": "mug"}),
    ("Checkout Started", CART, "InitiateCheckout", {**ABOUT, "num_items": 2}),
    ("Payment Info Entered", CART, "AddPaymentInfo", ABOUT),
    ("Order Completed", ORDER, "Purchase", {**ABOUT, "order_id": "o1"}),
    ("Signed Up", {"method": "mail"}, "CompleteRegistration", {"method": "mail"}),
    ("Lead Generated", {"value": 5}, "Lead", {"value": 5}),
    ("Subscription Started", {}, "Subscribe", {}),
    ("Coupon Applied", {"coupon_id": "c"}, None, {"coupon_id": "c"}),
]


@pytest.fixture
def make(event: Make) -> Make:
    """Makes an event of this moment."""

    def made(number: int = 1, **fields: Any) -> dict[str, Any]:
        now = datetime.now(UTC).isoformat()
        return event(number, **{"timestamp": now, "context": {}, **fields})

    return made


@pytest.fixture
def at(tool: Any) -> Iterator[At]:
    """Opens the destination at the recording tool."""
    opened: list[Meta] = []

    def open_one(**settings: Any) -> Meta:
        opened.append(Meta(SECTION | {"url": tool.url} | settings))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def body_of(ours: Meta, event: dict[str, Any]) -> dict[str, Any]:
    (payload,) = ours.translate(event)
    return payload.body


@pytest.mark.parametrize("spelling", ["spec", "ours"])
@pytest.mark.parametrize("row", TABLE, ids=lambda row: str(row[0]))
def test_each_event_has_its_name_and_what_it_is_about(
    at: At, make: Make, spelling: str, row: tuple[str, Any, str | None, Any]
) -> None:
    name, told, theirs, custom = row
    if spelling == "ours":
        name = name.lower().replace(" ", "_")
    one = make(event=name, properties=told)
    before = copy.deepcopy(one)

    body = body_of(at(), one)

    assert one == before
    assert body["event_name"] == (theirs or name)
    assert body["event_id"] == one["messageId"]
    shown = body.get("custom_data", {})
    assert {key: shown.get(key) for key in custom} == custom


def test_people_are_told_by_hashes_only(at: At, make: Make) -> None:
    traits = {
        "email": " Ada@Example.com ",
        "phone": "+1 (650) 555-1212",
        "name": "Ada Lovelace",
        "gender": "female",
        "birthday": "1815-12-10",
        "address": {
            "city": "St. Albans",
            "state": "CA",
            "zip": "94103-1",
            "country": "GB",
        },
    }

    one = make(userId="u1", context={"traits": traits})

    assert body_of(at(), one)["user_data"] == {
        "em": sha256("ada@example.com"),
        "ph": sha256("16505551212"),
        "fn": sha256("ada"),
        "ln": sha256("lovelace"),
        "ge": sha256("f"),
        "db": sha256("18151210"),
        "ct": sha256("stalbans"),
        "st": sha256("ca"),
        "zp": sha256("941031"),
        "country": sha256("gb"),
        "external_id": sha256("u1"),
    }
    assert "external_id" not in body_of(at(external_id=False), make())["user_data"]


def test_the_browser_and_the_click_are_told(at: At, make: Make) -> None:
    url = "https://shop.example.com/p1?fbclid=abc&email=ada%40example.com"
    context = {
        "page": {"url": url},
        "ip": "10.0.0.1",
        "userAgent": "UA",
        "fbp": "fb.1.2",
    }
    one = make(context=context, timestamp=datetime.now(UTC).isoformat())

    body = body_of(at(), one)

    told = body["user_data"]
    assert (told["client_ip_address"], told["client_user_agent"]) == ("10.0.0.1", "UA")
    assert told["fbp"] == "fb.1.2"
    moment = datetime.fromisoformat(one["timestamp"]).timestamp()
    assert told["fbc"] == f"fb.1.{round(moment * 1000)}.abc"
    assert body["event_source_url"] == "https://shop.example.com/p1?fbclid=abc"
    own = body_of(at(), make(context=context | {"fbc": "fb.1.9.x"}))
    assert own["user_data"]["fbc"] == "fb.1.9.x"


@pytest.mark.parametrize(
    ("fields", "source"),
    [
        ({"channel": "web"}, "website"),
        ({"channel": "mobile", "context": PHONE}, "app"),
        ({"channel": "server"}, "system_generated"),
        ({"context": {"page": {"url": "https://x.example.com"}}}, "website"),
        ({"properties": {"action_source": "chat"}}, "chat"),
        ({}, "other"),
    ],
)
def test_the_source_of_an_action_is_known(
    at: At, make: Make, fields: dict[str, Any], source: str
) -> None:
    assert body_of(at(), make(**fields))["action_source"] == source
    told = body_of(at(action_source="chat"), make(**fields))
    assert told["action_source"] == "chat"


def test_an_event_of_an_app_tells_app_and_device(at: At, make: Make) -> None:
    allowed = {"adTrackingEnabled": True, "advertisingId": "AD-1", "model": "iPhone16"}
    context = {
        "os": {"name": "iOS", "version": "19.1"},
        "device": allowed,
        "app": {"namespace": "com.x", "version": "2.1", "build": 7},
        "screen": {"width": 390, "height": 844, "density": 3},
        "network": {"carrier": "T"},
        "timezone": "Europe/London",
    }

    body = body_of(at(), make(channel="mobile", context=context))

    told = body["app_data"]["extinfo"]
    assert told[:6] == ["i2", "com.x", "2.1", "7", "19.1", "iPhone16"]
    assert told[6:] == ["", "", "T", "390", "844", "3", "", "", "", "Europe/London"]
    assert body["app_data"]["advertiser_tracking_enabled"] == 1
    assert body["user_data"]["madid"] == "AD-1"


@pytest.mark.parametrize(
    "device", [{}, {"adTrackingEnabled": False}, {"attTrackingStatus": 2}]
)
def test_who_may_not_be_tracked_has_no_advertising_id(
    at: At, make: Make, device: dict[str, Any]
) -> None:
    context = PHONE | {"device": {"advertisingId": "AD-1", **device}}

    body = body_of(at(), make(channel="mobile", context=context))

    assert body["app_data"]["advertiser_tracking_enabled"] == 0
    assert body["app_data"]["extinfo"][0] == "a2"
    assert "madid" not in body["user_data"]


def test_an_app_without_a_system_does_not_spoil_a_batch(at: At, make: Make) -> None:
    with pytest.raises(Rejected, match="asks for system and version"):
        at().translate(make(channel="mobile"))


def test_other_kinds_are_sent_where_the_settings_name_them(at: At, make: Make) -> None:
    identify = make(type="identify", event=None, traits={"plan": "pro"})
    for kind in ("identify", "screen", "group", "alias"):
        assert not at().translate(make(type=kind, event=None))
    assert body_of(at(), make(type="page", event=None))["event_name"] == "PageView"
    named = at(event_names={"identify": "CompleteRegistration"})
    assert body_of(named, identify)["event_name"] == "CompleteRegistration"


def test_events_out_of_the_vendors_time_are_refused(at: At, make: Make) -> None:
    now = datetime.now(UTC)
    for moment, why in (
        (now - timedelta(days=8), "last 7 days"),
        (now + timedelta(minutes=5), "future"),
    ):
        with pytest.raises(Rejected, match=why):
            at().translate(make(timestamp=moment.isoformat()))
    in_a_store = at(action_source="physical_store")
    old = (now - timedelta(days=61)).isoformat()
    assert body_of(in_a_store, make(timestamp=old))["event_name"]
    with pytest.raises(Rejected, match="last 62 days"):
        in_a_store.translate(make(timestamp=(now - timedelta(days=63)).isoformat()))


def test_the_request_carries_the_token_in_a_header(
    tool: Any, at: At, make: Make
) -> None:
    ours = at(test_event_code="TEST1", limited_data_use=True)
    items = [ours.translate(make(number))[0].encoded() for number in (1, 2)]
    tool.answers_with(200, {"events_received": 2})

    outcomes = ours.deliver(items)

    (seen,) = tool.seen
    assert [one.status for one in outcomes] == [Status.DELIVERED] * 2
    assert (seen.method, seen.path, seen.query) == ("POST", "/v26.0/px/events", {})
    assert seen.headers["authorization"] == "Bearer token"
    assert seen.json["test_event_code"] == "TEST1"
    assert seen.json["data"][0]["data_processing_options"] == ["LDU"]
    assert [one["event_id"] for one in seen.json["data"]] == [
        make(number)["messageId"] for number in (1, 2)
    ]


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        (400, {"code": 100, "error_user_msg": "bad ada@example.com"}, Status.REJECTED),
        (400, {"code": 190, "message": "token"}, Status.MISCONFIGURED),
        (400, {"code": 100, "error_subcode": 33}, Status.MISCONFIGURED),
        (403, {"code": 200}, Status.MISCONFIGURED),
        (400, {"code": 4}, Status.RETRY),
        (400, {"code": 80004}, Status.RETRY),
        (500, {"code": 2}, Status.RETRY),
        (400, {"code": 999, "is_transient": True}, Status.RETRY),
        (503, {}, Status.RETRY),
    ],
)
def test_the_vendors_codes_say_whose_turn_it_is(
    tool: Any, at: At, make: Make, status: int, error: dict[str, Any], expected: Status
) -> None:
    usage = {"1": [{"estimated_time_to_regain_access": 2}]}
    headers = {"x_business_use_case_usage": json.dumps(usage)}
    tool.answers_with(status, {"error": error} if error else b"<html>", **headers)
    ours = at()

    with pytest.raises(NotTaken) as refusal:
        ours.deliver([ours.translate(make())[0].encoded()])

    outcome = refusal.value.outcome
    assert outcome.status is expected
    assert "example" not in outcome.reason
    waits = expected is Status.RETRY and bool(error)
    assert outcome.retry_after_seconds == (120 if waits else None)


def test_a_batch_that_was_not_taken_whole_is_divided(
    tool: Any, at: At, make: Make
) -> None:
    tool.answers_with(200, {"events_received": 1})
    ours = at()
    item = ours.translate(make())[0].encoded()

    with pytest.raises(NotTaken) as refusal:
        ours.deliver([item, item])

    assert refusal.value.outcome.status is Status.REJECTED


def test_whom_an_order_is_sent_to_stays_unnamed(at: At, make: Make) -> None:
    there = {"name": "Bob", "address1": "1 High St", "city": "London"}
    told = {"shipping_address": there, "phoneNumber": "02079460000", "total": 3}

    custom = body_of(at(), make(event="Order Completed", properties=told))[
        "custom_data"
    ]

    assert custom == {"shipping_address.city": "London", "total": 3, "value": 3}


def test_a_product_keeps_what_its_contents_have_no_place_for(
    at: At, make: Make
) -> None:
    product = PRODUCT | {"brand": "Acme", "giver": {"email": "bob@example.com"}}

    custom = body_of(
        at(), make(event="Product List Viewed", properties={"products": [product]})
    )["custom_data"]

    assert custom["products[0].brand"] == "Acme"
    assert "bob" not in json.dumps(custom)

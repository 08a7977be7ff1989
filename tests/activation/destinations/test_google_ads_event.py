from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from activation.destinations.google_ads import GoogleAds
from activation.destinations.hashing import sha256
from cdp.errors import Rejected

Make = Callable[..., dict[str, Any]]
ACTIONS = {"order_completed": "11", "Lead Generated": 12, "signed_up": "13"}
SECTION = {
    "customer_id": "123-456-7890",
    "login_customer_id": "999-999-9999",
    "developer_token": "dev",
    "client_id": "c",
    "client_secret": "s",
    "refresh_token": "r",
    "conversion_actions": ACTIONS,
}
ORDER = {"order_id": "o1", "revenue": 12.3, "total": 20, "currency": "eur"}
ADA = {"email": "Ada.L+x@Gmail.com", "phone": "+1 (650) 555-1212"}
ADDRESS = {"firstName": "Ada", "lastName": "Lovelace"} | {
    "address": {"postalCode": "94103", "country": "us", "street": "1 Main St"}
}
EMAIL = {
    "userIdentifierSource": "FIRST_PARTY",
    "hashedEmail": sha256("adal@gmail.com"),
}
PHONE = {
    "userIdentifierSource": "FIRST_PARTY",
    "hashedPhoneNumber": sha256("+16505551212"),
}
PREFIX = "customers/1234567890/conversionActions/"


def translated(event: dict[str, Any], **settings: Any) -> tuple[str, dict[str, Any]]:
    tool = GoogleAds(SECTION | settings)
    (payload,) = tool.translate(event)
    tool.close()
    return payload.lane, payload.body


@pytest.fixture
def order(event: Make) -> Make:
    """Makes an order of somebody who came by an advert."""

    def make(number: int = 1, **fields: Any) -> dict[str, Any]:
        usual = {
            "event": "order_completed",
            "properties": ORDER,
            "context": {"campaign": {"gclid": "g1"}, "traits": ADA},
        }
        return event(number, **(usual | fields))

    return make


@pytest.mark.parametrize("name", ["order_completed", "Order Completed"])
def test_an_order_is_a_conversion_with_its_key_and_its_worth(
    order: Make, name: str
) -> None:
    one = order(event=name, channel="web")
    before = copy.deepcopy(one)

    lane, body = translated(one)

    assert one == before
    assert lane == ":uploadClickConversions"
    assert body == {
        "conversionAction": PREFIX + "11",
        "conversionDateTime": "2026-10-01 10:00:01+00:00",
        "orderId": "o1",
        "gclid": "g1",
        "userIdentifiers": [EMAIL, PHONE],
        "conversionValue": 12.3,
        "currencyCode": "EUR",
        "conversionEnvironment": "WEB",
    }


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"context": {"campaign": {"gclid": "a"}}}, {"gclid": "a"}),
        (
            {"context": {"page": {"url": "https://x.example.com/?gclid=b"}}},
            {"gclid": "b"},
        ),
        ({"context": {"page": {"search": "?wbraid=c"}}}, {"wbraid": "c"}),
        ({"context": {}, "properties": {**ORDER, "gbraid": "d"}}, {"gbraid": "d"}),
        ({"context": {"externalId": [{"type": "gclid", "id": "e"}]}}, {"gclid": "e"}),
    ],
)
def test_the_click_is_found_where_it_stands(
    order: Make, fields: dict[str, Any], expected: dict[str, str]
) -> None:
    _, body = translated(order(**fields))

    assert {
        name: body[name] for name in ("gclid", "gbraid", "wbraid") if name in body
    } == (expected)


def test_a_braid_goes_without_contact_and_a_contact_without_a_click(
    order: Make,
) -> None:
    braid = {"campaign": {"wbraid": "w"}, "traits": ADA}
    assert "userIdentifiers" not in translated(order(context=braid))[1]
    _, lead = translated(order(event="lead_generated", context={"traits": ADA}))
    assert lead["userIdentifiers"] == [EMAIL, PHONE]
    assert lead["conversionAction"] == PREFIX + "12"


def test_an_event_without_an_order_is_known_by_its_message(order: Make) -> None:
    one = order(event="signed_up", properties={})

    assert translated(one)[1]["orderId"] == one["messageId"]


def test_what_google_cannot_attribute_is_refused_and_other_events_are_not_its(
    order: Make,
) -> None:
    with pytest.raises(Rejected, match="click id, an email or a telephone"):
        translated(order(context={}))
    tool = GoogleAds(SECTION)
    for kind in ("identify", "page", "screen", "group", "alias"):
        assert not tool.translate(order(type=kind, event=None))
    assert not tool.translate(order(event="product_added"))
    assert not tool.translate(order(event="order_updated"))
    tool.close()


@pytest.mark.parametrize(
    ("name", "properties", "kind", "restated"),
    [
        ("Order Refunded", {}, "RETRACTION", None),
        ("order_cancelled", {"products": [{"sku": "a"}]}, "RETRACTION", None),
        ("order_refunded", {"remaining_value": 0}, "RETRACTION", None),
        (
            "order_refunded",
            {"remaining_value": 5, "currency": "eur"},
            "RESTATEMENT",
            {"adjustedValue": 5, "currencyCode": "EUR"},
        ),
    ],
)
def test_a_refund_takes_back_or_restates(
    order: Make, name: str, properties: dict[str, Any], kind: str, restated: Any
) -> None:
    lane, body = translated(
        order(event=name, properties={"order_id": "o1", **properties})
    )

    assert lane == ":uploadConversionAdjustments"
    assert body.pop("restatementValue", None) == restated
    assert body == {
        "adjustmentType": kind,
        "conversionAction": PREFIX + "11",
        "orderId": "o1",
        "adjustmentDateTime": "2026-10-01 10:00:01+00:00",
    }


@pytest.mark.parametrize(
    ("properties", "why"),
    [({}, "needs an order_id"), ({"order_id": "o", "products": [{}]}, "still worth")],
)
def test_an_adjustment_that_cannot_be_right_is_refused(
    order: Make, properties: dict[str, Any], why: str
) -> None:
    with pytest.raises(Rejected, match=why):
        translated(order(event="order_refunded", properties=properties))


def test_the_tags_conversions_are_enhanced_with_an_address(order: Make) -> None:
    context = {"traits": ADA | ADDRESS, "userAgent": "UA"}

    lane, body = translated(order(context=context), method="enhance")

    assert lane == ":uploadConversionAdjustments"
    assert (body["adjustmentType"], body["userAgent"]) == ("ENHANCEMENT", "UA")
    assert body["userIdentifiers"][2]["addressInfo"] == {
        "hashedFirstName": sha256("ada"),
        "hashedLastName": sha256("lovelace"),
        "postalCode": "94103",
        "countryCode": "US",
        "hashedStreetAddress": sha256("1 main st"),
    }


@pytest.mark.parametrize(
    ("click", "expected"),
    [({}, {}), ({"gclid": "G"}, {"gclid": "G"}), ({"gbraid": "B"}, {})],
)
def test_an_enhancement_says_when_the_conversion_was(
    order: Make, click: dict[str, str], expected: dict[str, str]
) -> None:
    context = {"traits": ADA, "campaign": click}
    moment = "2026-10-01T12:30:00.250+02:00"

    _, body = translated(order(context=context, timestamp=moment), method="enhance")

    moment = "2026-10-01 10:30:00+00:00"
    assert body["gclidDateTimePair"] == {"conversionDateTime": moment, **expected}


def test_consent_is_told_where_it_is_known(order: Make) -> None:
    settings = {"consent": {"ad_user_data": "ads", "ad_personalization": "profiles"}}
    told = {"allowedConsentIds": ["ads"], "deniedConsentIds": ["profiles"]}
    context = {"traits": ADA, "consentManagement": told}

    _, body = translated(order(context=context), **settings)

    assert body["consent"] == {"adUserData": "GRANTED", "adPersonalization": "DENIED"}
    assert "consent" not in translated(order(), **settings)[1]

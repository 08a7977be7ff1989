from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activation.destinations.advertising import Person, names_a_person, without_person
from activation.destinations.google_ads import GoogleAds
from activation.destinations.google_analytics import GoogleAnalytics
from activation.destinations.hashing import sha256
from activation.destinations.meta import Meta

DESTINATIONS: dict[str, Any] = {
    "google_analytics": GoogleAnalytics(
        {"api_secret": "s", "measurement_id": "G-1", "identify_event": "login"}
    ),
    "google_ads": GoogleAds(
        {
            "customer_id": "1",
            "developer_token": "d",
            "client_id": "c",
            "client_secret": "s",
            "refresh_token": "r",
            "conversion_actions": {"order_completed": "1", "identify": "2"},
        }
    ),
    "google_ads_enhancing": GoogleAds(
        {
            "customer_id": "1",
            "developer_token": "d",
            "client_id": "c",
            "client_secret": "s",
            "refresh_token": "r",
            "method": "enhance",
            "conversion_actions": {"order_completed": "1"},
        }
    ),
    "meta": Meta(
        {
            "pixel_id": "1",
            "access_token": "t",
            "event_names": {"identify": "CompleteRegistration"},
        }
    ),
}
LETTERS = "abcdefghijklmnopqrstuvwxyzéß"
# beginnings that no field name and no vendor's word has
first_names = st.text(LETTERS, min_size=1, max_size=8).map(lambda one: f"Zqx{one}")
last_names = st.text(LETTERS, min_size=1, max_size=8).map(lambda one: f"Wvj{one}")
local_parts = st.text("abcXYZ019.+_-'!#$%", min_size=1, max_size=12)
emails = st.builds(
    "{}@{}.{}".format,
    local_parts.filter(lambda one: not one.startswith(".")),
    st.text("abcd-", min_size=3, max_size=8).map(lambda one: f"qkd{one}"),
    st.sampled_from(["com", "co.uk", "museum"]),
)
phones = st.integers(10**9, 10**12 - 1).map(lambda one: f"+9{one}")


@dataclass(frozen=True)
class Somebody:
    email: str
    phone: str
    first: str
    last: str

    def traits(self, written_phone: object) -> dict[str, Any]:
        return {
            "email": self.email,
            "phone": written_phone,
            "firstName": self.first,
            "lastName": self.last,
            "name": f"{self.first} {self.last}",
            "address": {"street": "1 Main St", "country": "US", "postalCode": "94103"},
            **self.elsewhere(),
        }

    def elsewhere(self) -> dict[str, Any]:
        """The same where no key says so."""
        contact = {"mail": self.email, "tel": self.phone}
        return {"note": f"for {self.first} <{self.email}>", "contact": contact}

    def url(self, encoded: Callable[[str], str]) -> str:
        email, first = encoded(self.email), encoded(self.first)
        query = f"utm_source=news&e={email}&n={first}&p={encoded(self.phone)}"
        path = f"https://shop.example.com/welcome/{quote(self.first)}"
        return f"{path}?{query}&gclid=g1#{email}"

    def properties(self, url: str) -> dict[str, Any]:
        return {
            "order_id": "o1",
            "revenue": 5,
            "currency": "EUR",
            "url": url,
            "first_name": self.first,
            "last_name": self.last,
            "email": self.email,
            "phone": self.phone,
            self.email: 1,
            **self.elsewhere(),
            "tags": [self.email, "sale", self.first, self.phone],
            "products": [{"product_id": "p1", "name": "Mug", "for": self.first}],
        }


people = st.builds(Somebody, emails, phones, first_names, last_names)
encodings = st.sampled_from([quote, quote_plus, lambda one: quote(quote(one))])


@st.composite
def events(draw: st.DrawFn) -> tuple[dict[str, Any], Somebody]:
    """An event that tells a person everywhere, and the person."""
    person = draw(people)
    phone, email = person.phone, person.email
    spellings = [phone, int(phone[1:]), f"({phone[:4]}) {phone[4:]}"]
    traits = person.traits(draw(st.sampled_from(spellings)))
    url = person.url(draw(encodings))
    kind = draw(st.sampled_from(["track", "identify", "page"]))
    page = {"url": url, "referrer": url, "title": f"Hello {person.first}"}
    campaign = {"gclid": "g1", "name": f"to {email}"}
    event = {
        "type": kind,
        "event": "order_completed" if kind == "track" else None,
        "messageId": "m1",
        "anonymousId": draw(st.sampled_from(["device-1", email])),
        "userId": draw(st.sampled_from(["u1", email, phone, None])),
        "timestamp": datetime.now(UTC).isoformat(),
        "traits": traits,
        "properties": person.properties(url),
        "context": {"traits": traits, "page": page, "campaign": campaign},
    }
    return event, person


def _seen(parts: list[str]) -> list[str]:
    once = [unquote_plus(part) for part in parts]
    return [one.lower() for one in [*parts, *once, *map(unquote_plus, once)]]


@settings(max_examples=150, deadline=None)
@given(events())
@pytest.mark.parametrize("name", DESTINATIONS)
def test_nothing_that_names_a_person_reaches_an_advertising_tool(
    name: str, told: tuple[dict[str, Any], Somebody]
) -> None:
    event, person = told
    phone = person.phone.removeprefix("+")
    destination = DESTINATIONS[name]
    for payload in destination.translate(event):
        request = destination.request([payload.encoded()])
        body = json.loads(request.content)
        parts = [request.url, *request.params.values(), *request.headers.values()]
        seen = _seen([*parts, *_texts(body)])
        for one in (person.email, phone, person.first, person.last):
            assert not [text for text in seen if one.lower() in text], payload.body
        digits = [re.sub(r"\D", "", text) for text in seen if not _is_hash(text)]
        assert not [text for text in digits if phone in text], payload.body


def _is_hash(text: str) -> bool:
    return bool(re.fullmatch("[0-9a-f]{64}", text))


def _texts(value: Any) -> Iterator[str]:
    """Every key and value of a body; hashes are no texts."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield str(key)
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif not _is_hash(str(value)):
        yield str(value)


def test_hashes_of_the_person_do_reach_it() -> None:
    traits = {"email": "ada@example.com"}
    event = {
        "type": "track",
        "event": "order_completed",
        "messageId": "m1",
        "anonymousId": "d1",
        "timestamp": datetime.now(UTC).isoformat(),
        "properties": {"order_id": "o1"},
        "context": {"traits": traits},
    }
    for name in ("google_ads", "meta"):
        (payload,) = DESTINATIONS[name].translate(event)
        assert sha256("ada@example.com") in str(payload.body)


@pytest.mark.parametrize(
    ("value", "left"),
    [
        (
            "https://x.example.com/p?e=ada%40example.com&a=1",
            "https://x.example.com/p?a=1",
        ),
        ("https://ada@x.example.com/", "https://x.example.com/"),
        ("/welcome/ada?x=1", "/welcome?x=1"),
        ("call +44 7911 123456", None),
        ("Adamant", "Adamant"),
        ("dear Ada", None),
        ("Zürich", "Zürich"),
        (447911123456, None),
        (12.5, 12.5),
        (True, True),
        ({"a": "ada", "b": 1, "ada@example.com": 2}, {"b": 1}),
        (["ada", "x"], ["x"]),
        (sha256("ada"), sha256("ada")),
    ],
)
def test_what_names_the_person_is_taken_out(value: Any, left: Any) -> None:
    traits = {"email": "ada@example.com", "phone": "447911123456", "firstName": "Ada"}

    assert without_person(value, Person.of({"traits": traits})) == left


def test_an_address_of_somebody_else_is_taken_out_as_well() -> None:
    assert without_person({"friend": "bob@example.com"}, Person.of({})) == {}


def test_an_id_that_names_the_person_becomes_its_hash() -> None:
    person = Person.of({"traits": {"email": "ada@example.com"}})

    assert person.pseudonym("Ada@Example.com") == sha256("ada@example.com")
    assert person.pseudonym("u1") == "u1"
    assert person.pseudonym("") is None


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("phoneNumber", "02079460000", True),
        ("phone_number", 442079460000, True),
        ("customer.email", "x", True),
        ("contact[0].firstName", "x", True),
        ("address_street", "1 High St", True),
        ("shipping_address.address1", "1 High St", True),
        ("billingAddress", "1 High St, London", True),
        ("shipping_address.name", "Bob", True),
        ("products[0].name", "Mug", False),
        ("coupon_name", "Summer", False),
        ("shipping_address.city", "London", False),
        ("is_mobile", "yes", False),
        ("has_phone", True, False),
        ("street", None, False),
        ("phone", 12.5, False),
        ("streetwear", "yes", False),
    ],
)
def test_a_field_says_by_its_name_that_it_is_a_persons(
    path: str, value: Any, expected: bool
) -> None:
    assert names_a_person(path, value) is expected

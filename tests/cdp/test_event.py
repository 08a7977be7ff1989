from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.event import Arrival, format_time, normalise
from cdp.tracking_plan import load_plan

PLAN = load_plan(Path(__file__).parents[2] / "tracking_plan")
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
ARRIVAL = Arrival("web", NOW, "2026-05-01T12:00:00.000Z")


def event(raw: dict[str, Any], arrival: Arrival = ARRIVAL) -> dict[str, Any]:
    result = normalise(
        {"type": "track", "event": "signed_in"} | raw, None, arrival, PLAN
    )
    assert not result.is_quarantined, result.violations
    return result.event


def test_the_clock_of_the_device_is_corrected() -> None:
    found = event(
        {
            "userId": "u1",
            "originalTimestamp": "2026-05-01T09:50:00Z",
            "sentAt": "2026-05-01T10:00:00Z",
        }
    )
    assert found["timestamp"] == "2026-05-01T11:50:00.000Z"
    assert found["originalTimestamp"] == "2026-05-01T09:50:00.000Z"


def test_the_batch_says_when_it_was_sent_where_the_event_does_not() -> None:
    arrival = Arrival("web", NOW, ARRIVAL.received_text, "2026-05-01T13:00:00Z")
    found = event({"userId": "u1", "timestamp": "2026-05-01T12:30:00Z"}, arrival)
    assert found["timestamp"] == "2026-05-01T11:30:00.000Z"


def test_a_time_that_the_caller_stated_stands_beside_the_clock_of_the_sdk() -> None:
    found = event(
        {
            "userId": "u1",
            "timestamp": "2026-04-01T08:00:00Z",
            "originalTimestamp": "2026-05-01T09:50:00Z",
            "sentAt": "2026-05-01T09:50:00Z",
        }
    )
    assert found["timestamp"] == "2026-04-01T08:00:00.000Z"
    assert found["originalTimestamp"] == "2026-05-01T09:50:00.000Z"


def test_without_a_time_it_happened_when_it_arrived() -> None:
    assert event({"userId": "u1"})["timestamp"] == "2026-05-01T12:00:00.000Z"


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-04-30T23:30:00+02:00", "2026-04-30T21:30:00.000Z"),
        ("2026-04-30T21:30:00.123456Z", "2026-04-30T21:30:00.123Z"),
        ("2026-04-30T21:30:00", "2026-04-30T21:30:00.000Z"),
    ],
)
def test_times_of_any_zone_become_utc(text: str, utc: str) -> None:
    assert event({"userId": "u1", "timestamp": text})["timestamp"] == utc


def test_empty_and_null_fields_are_absent() -> None:
    found = event({"userId": "", "anonymousId": "a1", "context": None, "traits": {}})
    assert set(found) & {"userId", "context", "traits"} == set()


def test_traits_in_the_context_are_moved_to_identify() -> None:
    raw = {
        "type": "identify",
        "userId": "u1",
        "context": {"traits": {"email": "a@example.com"}, "ip": "203.0.113.9"},
    }
    found = event(raw)
    assert found["traits"] == {"email": "a@example.com"}
    assert found["context"] == {"ip": "203.0.113.9"}


def test_properties_are_stripped_whatever_they_are_called() -> None:
    odd = {"a.b": 1, "[0]": 2, "": 3, ".": {"x": 4}}
    found = event({"userId": "u1", "properties": {"method": "email"} | odd})
    assert found["properties"] == {"method": "email"}
    assert len(found["violations"]) == len(odd)


def test_every_broken_element_of_a_list_is_stripped(tmp_path: Path) -> None:
    (tmp_path / "events").mkdir()
    text = """
name: {name}
description: d
owner: o
version: 1
when_violated: {{wrong_type: strip}}
properties:
  type: object
  properties:
    sizes: {{type: array, items: {{type: integer, minimum: 1, enum: [1]}}}}
"""
    (tmp_path / "events" / "sized.yml").write_text(text.format(name="sized"))
    (tmp_path / "traits.yml").write_text(text.format(name="traits"))
    raw = {"type": "track", "event": "sized", "userId": "u1"}
    sizes = {"sizes": ["a", 1, 0, "b", 1]}
    result = normalise(raw | {"properties": sizes}, None, ARRIVAL, load_plan(tmp_path))
    assert result.event["properties"] == {"sizes": [1, 1]}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner)
    ),
    max_leaves=12,
)
FIELDS = (
    *("type", "event", "userId", "anonymousId", "messageId", "previousId", "groupId"),
    *("timestamp", "originalTimestamp", "sentAt", "context", "properties", "traits"),
)


@given(
    st.dictionaries(
        st.sampled_from(FIELDS),
        json_values
        | st.sampled_from(
            ["track", "identify", "signed_in", "2026-05-01", "0001-01-01"]
        ),
    )
    | json_values
)
def test_whatever_is_sent_becomes_an_event_or_a_reason(raw: Any) -> None:
    result = normalise(raw, None, ARRIVAL, PLAN)
    if result.is_quarantined:
        assert result.violations
        assert result.violations[0].code
    else:
        assert result.event["messageId"]
        assert "userId" in result.event or "anonymousId" in result.event
        assert result.event["timestamp"] >= "2000"


@pytest.mark.parametrize(
    "written",
    [
        "2026-05-01T08:00:00.000Z",
        "2026-W18-5T08:00:00.000Z",
        "2026-05-01 08:00:00.000Z",
        "2026-05-01T08:00:00,000Z",
        "2026-05-01T08:00:00.000123+00:00",
        "2026-05-01T10:00:00+02:00",
        "20260501T080000Z",
    ],
)
def test_every_way_to_write_a_time_becomes_ours(written: str) -> None:
    found = event({"userId": "u1", "originalTimestamp": written})
    assert found["originalTimestamp"] == "2026-05-01T08:00:00.000Z"
    assert found["timestamp"] == "2026-05-01T08:00:00.000Z"


EMAIL = {"type": "email", "value": "a@example.com"}
MOBILE = {"type": "mobile", "value": "+123"}


def test_a_merge_needs_no_id_and_keeps_its_pairs_and_its_properties() -> None:
    raw = {"type": "merge", "mergeProperties": [EMAIL, MOBILE], "properties": {"a": 1}}
    found = event(raw)
    assert found["type"] == "merge"
    assert found["properties"] == {"a": 1, "merge_properties": [EMAIL, MOBILE]}
    assert raw["properties"] == {"a": 1}


@pytest.mark.parametrize(
    "pairs",
    [None, [], [EMAIL], [EMAIL, {"type": "mobile"}], [EMAIL, "b"], {"a": EMAIL}],
)
def test_a_merge_of_less_than_two_pairs_is_kept_apart(pairs: Any) -> None:
    result = normalise(
        {"type": "merge", "userId": "u1", "mergeProperties": pairs}, None, ARRIVAL, PLAN
    )
    assert result.is_quarantined
    assert result.violations[0].place == "mergeProperties"


SPEC_ORDER = {
    "checkout_id": "fksdjfsdjfisjf9sdfjsd9f",
    "order_id": "50314b8e9bcf000000000000",
    "affiliation": "Shop",
    "total": 27.5,
    "subtotal": 22.5,
    "revenue": 25.0,
    "shipping": 3,
    "tax": 2,
    "discount": 2.5,
    "coupon": "hasbros",
    "currency": "USD",
    "products": [
        {
            "product_id": "507f1f77bcf86cd799439011",
            "sku": "45790-32",
            "name": "Cups",
            "price": 19,
            "quantity": 1,
            "category": "Kitchen",
            "brand": "Own",
            "variant": "200 pcs",
            "position": 1,
            "url": "https://www.example.com/product/path",
            "image_url": "https:///www.example.com/product/path.jpg",
        }
    ],
}


def test_an_event_sent_under_an_alias_is_kept_under_the_name_of_the_plan() -> None:
    raw = {"userId": "u1", "event": "Order Completed", "properties": SPEC_ORDER}
    found = event(raw)
    assert (found["event"], found["sentName"]) == ("order_completed", "Order Completed")
    assert found["properties"] == SPEC_ORDER
    assert "violations" not in found
    assert raw["event"] == "Order Completed"


def test_an_event_sent_under_its_own_name_has_no_other() -> None:
    assert "sentName" not in event({"userId": "u1"})


def test_an_alias_is_judged_as_its_event_is() -> None:
    raw = {"type": "track", "userId": "u1", "event": "Order Completed"}
    result = normalise(raw, None, ARRIVAL, PLAN)
    assert result.is_quarantined
    assert {each.code for each in result.violations} == {"missing_property"}


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_is_written_to_the_millisecond_whenever_it_was(moment: datetime) -> None:
    written = format_time(moment)
    assert written == moment.isoformat(timespec="milliseconds")[:23] + "Z"

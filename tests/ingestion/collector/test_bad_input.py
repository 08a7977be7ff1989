from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.ingestion.collector.conftest import RunningCollector


def good(**changes: Any) -> dict[str, Any]:
    return {
        "type": "track",
        "event": "signed_in",
        "userId": "u1",
        "messageId": str(uuid4()),
        "properties": {"method": "email"},
    } | changes


def viewed(**properties: Any) -> dict[str, Any]:
    return good(event="product_viewed", properties=properties)


HOURS_AHEAD = datetime.now(UTC) + timedelta(days=3)

QUARANTINED = {
    "no object": (["signed_in"], "invalid_event", ""),
    "no id": (good(userId=""), "invalid_event", "anonymousId"),
    "unknown type": (good(type="purchase"), "invalid_event", "type"),
    "no event name": (good(event=None), "invalid_event", "event"),
    "name is no string": (good(event={"a": 1}), "invalid_event", "event"),
    "properties are a list": (good(properties=[1]), "invalid_event", "properties"),
    "time is no time": (good(timestamp="soon"), "invalid_event", "originalTimestamp"),
    "sent at no time": (good(sentAt=["now"]), "invalid_event", "sentAt"),
    "event is not planned": (good(event="nobody_agreed"), "unplanned_event", "event"),
    "a call that is named as an event": (
        good(event="page", properties={"path": "/", "url": "https://a.example"}),
        "unplanned_event",
        "event",
    ),
    "required is missing": (
        viewed(name="Kettle"),
        "missing_property",
        "properties.product_id",
    ),
    "required is null": (
        viewed(product_id=None),
        "missing_property",
        "properties.product_id",
    ),
    "wrong type": (
        viewed(product_id="p1", price="12.50"),
        "wrong_type",
        "properties.price",
    ),
    "true is no number": (
        viewed(product_id="p1", price=True),
        "wrong_type",
        "properties.price",
    ),
    "wrong type in a line": (
        good(
            event="order_completed",
            properties={
                "order_id": "o1",
                "total": 5,
                "currency": "USD",
                "products": [{"product_id": "p1", "price": 5, "quantity": "one"}],
            },
        ),
        "wrong_type",
        "properties.products[0].quantity",
    ),
    "trait of the wrong type": (
        {"type": "identify", "userId": "u1", "traits": {"email": 7}},
        "wrong_type",
        "traits.email",
    ),
    "from 1970": (
        good(timestamp="1970-01-01T00:00:00Z"),
        "implausible_time",
        "originalTimestamp",
    ),
    "from the future": (
        good(timestamp=HOURS_AHEAD.isoformat()),
        "implausible_time",
        "originalTimestamp",
    ),
    "beyond the calendar": (
        good(timestamp="9999-12-31T23:59:59-12:00"),
        "implausible_time",
        "originalTimestamp",
    ),
    "too large": (
        good(properties={"method": "x" * 600_000}),
        "invalid_event",
        "",
    ),
}


@pytest.mark.parametrize("name", QUARANTINED)
def test_a_bad_event_is_kept_with_its_reason_and_its_neighbours_go_on(
    shared_collector: RunningCollector, name: str
) -> None:
    event, reason, place = QUARANTINED[name]
    before, after = good(), good()
    answer = shared_collector.post("/v1/batch", {"batch": [before, event, after]})
    assert (answer.status_code, answer.text) == (200, "OK")
    accepted = {line["messageId"] for line in shared_collector.lines("accepted")}
    assert {before["messageId"], after["messageId"]} <= accepted
    row = shared_collector.lines("quarantine")[-1]
    assert row["reason"] == reason
    assert row["violations"][0]["place"] == place
    assert row["body"] == event
    assert row["sourceId"] == "web"


REFUSED = {
    "no json": (b"{'a': 1}", {}, 400, "not valid JSON"),
    "cut short": (b'{"batch": [{"type": "tr', {}, 400, "not valid JSON"),
    "empty": (b"", {}, 400, "the body is empty"),
    "a list": (b"[]", {}, 400, "not a JSON object"),
    "empty batch": (b'{"batch": []}', {}, 400, "the batch is empty"),
    "no batch": (b"{}", {}, 400, "the batch is empty"),
    "truncated gzip": (gzip.compress(b'{"batch": []}')[:-6], {}, 400, "cut short"),
    "broken gzip": (b"\x1f\x8b" + b"0" * 40, {}, 400, "gzip body is broken"),
    "too large": (b"x" * (4 * 1024 * 1024 + 1), {}, 413, "larger than"),
    "gzip bomb": (gzip.compress(b" " * 50_000_000), {}, 413, "larger than"),
    "nested too deeply": (
        b'{"batch": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        {},
        400,
        "nested too deeply",
    ),
    "an event nested too deeply": (
        b'{"userId":"u","type":"alias","previousId":"v","batch":[%s]}'
        % (b'{"a":' * 996 + b"1" + b"}" * 996),
        {},
        400,
        "nested too deeply",
    ),
    "unknown key": (b"{}", {"auth": ("nobody", "")}, 401, "unknown write key"),
    "no key": (b"{}", {"auth": None}, 401, "no write key was sent"),
    "broken key": (
        b"{}",
        {"auth": None, "headers": {"Authorization": "Basic §§".encode()}},
        401,
        "no write key was sent",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_unreadable_request_is_refused_in_plain_text(
    shared_collector: RunningCollector, name: str
) -> None:
    body, request, status, text = REFUSED[name]
    before = len(shared_collector.lines("accepted"))
    answer = shared_collector.post("/v1/batch", body, **request)
    assert answer.status_code == status
    assert text in answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    assert len(shared_collector.lines("accepted")) == before


# What is written in the place of a value, and how it is kept.
MENDED = {
    "half an emoji": (rb'"email \ud83d"', "email ?"),
    "a byte that is no utf-8": (b'"caf\xe9"', "caf\ufffd"),
    "a null byte": (rb'"a\u0000b"', "a\0b"),
}


@pytest.mark.parametrize("name", MENDED)
def test_a_text_that_cannot_be_read_does_not_cost_the_batch(
    shared_collector: RunningCollector, name: str
) -> None:
    written, kept = MENDED[name]
    events = [good(), good(properties={"method": "HERE"}), good()]
    body = json.dumps({"batch": events}).encode().replace(b'"HERE"', written)
    assert shared_collector.post("/v1/batch", body).status_code == 200
    lines = shared_collector.lines("accepted")[-3:]
    assert [line["messageId"] for line in lines] == [e["messageId"] for e in events]
    assert lines[1]["properties"] == {"method": kept}


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999", "9" * 5000])
def test_a_number_that_json_has_not_is_kept_apart_as_text_and_alone(
    shared_collector: RunningCollector, number: str
) -> None:
    events = [good(), viewed(product_id="p1", price="HERE"), good()]
    body = json.dumps({"batch": events}).replace('"HERE"', number).encode()
    assert shared_collector.post("/v1/batch", body).status_code == 200
    accepted = [line["messageId"] for line in shared_collector.lines("accepted")[-2:]]
    assert accepted == [events[0]["messageId"], events[2]["messageId"]]
    row = shared_collector.lines("quarantine")[-1]
    assert row["violations"][0]["place"] == "properties.price"
    assert row["body"]["properties"]["price"] == number


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_body_in_another_encoding_of_unicode_is_read(
    shared_collector: RunningCollector, encoding: str
) -> None:
    event = good(properties={"method": "é"})
    body = json.dumps({"batch": [event]}, ensure_ascii=False).encode(encoding)
    assert shared_collector.post("/v1/batch", body).status_code == 200
    line = shared_collector.lines("accepted")[-1]
    assert (line["messageId"], line["properties"]) == (
        event["messageId"],
        event["properties"],
    )


def test_quarantine_keeps_what_it_takes_to_judge_again(
    shared_collector: RunningCollector,
) -> None:
    sent_at = datetime.now(UTC).isoformat()
    event = good(event="nobody_agreed")
    del event["type"]
    answer = shared_collector.post("/v1/track", event | {"sentAt": sent_at})
    assert answer.status_code == 200
    row = shared_collector.lines("quarantine")[-1]
    assert (row["type"], row["sentAt"]) == ("track", sent_at)


@pytest.mark.parametrize("sent_at", ["yesterday", "", 7, None])
def test_a_batch_that_says_not_when_it_was_sent_is_taken(
    shared_collector: RunningCollector, sent_at: Any
) -> None:
    event = good(timestamp="2026-05-01T12:00:00Z")
    body = {"batch": [event], "sentAt": sent_at}
    assert shared_collector.post("/v1/batch", body).status_code == 200
    line = shared_collector.lines("accepted")[-1]
    assert (line["messageId"], line["timestamp"]) == (
        event["messageId"],
        "2026-05-01T12:00:00.000Z",
    )


def test_what_a_batch_says_holds_for_all_of_its_events(
    shared_collector: RunningCollector,
) -> None:
    own = {"context": {"locale": "de"}, "integrations": {"Meta": True}}
    body = {
        "batch": [good(), good(**own), good(context=None), good(context=["odd"]), 7],
        "context": {"locale": "en", "ip": "203.0.113.9"},
        "integrations": {"All": True, "Meta": False},
    }
    assert shared_collector.post("/v1/batch", body).status_code == 200
    plain, mixed, empty = shared_collector.lines("accepted")[-3:]
    assert plain["context"] == empty["context"] == body["context"]
    assert plain["integrations"] == body["integrations"]
    assert mixed["context"] == {"locale": "de", "ip": "203.0.113.9"}
    assert mixed["integrations"] == {"All": True, "Meta": True}
    odd = [row["body"] for row in shared_collector.lines("quarantine")[-2:]]
    assert (odd[0]["context"], odd[1]) == (["odd"], 7)


def test_a_wrong_address_says_where_events_go(
    shared_collector: RunningCollector,
) -> None:
    assert shared_collector.post("/v2/batch", {}).status_code == 404


def test_the_size_of_the_whole_request_is_also_held_without_a_length(
    shared_collector: RunningCollector,
) -> None:
    chunks = (b" " * 65_536 for _ in range(100))
    with pytest.MonkeyPatch.context():
        import httpx

        answer = httpx.post(
            f"{shared_collector.url}/v1/batch", content=chunks, auth=("web-key", "")
        )
    assert answer.status_code == 413


def test_unplanned_traits_are_allowed_with_a_note(
    shared_collector: RunningCollector,
) -> None:
    traits = {"email": "a@example.com", "shoe_size": 43}
    body = {"type": "identify", "userId": "u1", "traits": traits}
    assert shared_collector.post("/v1/identify", body).status_code == 200
    line = shared_collector.lines("accepted")[-1]
    assert line["traits"] == traits
    assert line["violations"] == [
        {"code": "unplanned_property", "place": "traits.shoe_size"}
    ]


def test_an_unplanned_property_is_stripped_where_the_plan_says_so(
    shared_collector: RunningCollector,
) -> None:
    event = good(properties={"method": "email", "password_length": 12})
    assert shared_collector.post("/v1/track", event).status_code == 200
    line = shared_collector.lines("accepted")[-1]
    assert line["properties"] == {"method": "email"}
    assert json.dumps(line).count("password_length") == 1  # only in the note

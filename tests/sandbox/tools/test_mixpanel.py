import gzip
import json
import time

import httpx
import pytest

IMPORT = "/mixpanel/import"
PARAMETERS = {"strict": "1", "project_id": "1"}
NOW = int(time.time() * 1000)


@pytest.fixture
def analytics(client, known) -> httpx.Client:
    client.auth = (known["MIXPANEL_SERVICE_ACCOUNT"], known["MIXPANEL_SERVICE_SECRET"])
    return client


def event(insert_id: str = "i-1", **told) -> dict:
    properties = {"time": NOW, "distinct_id": "u1", "$insert_id": insert_id, **told}
    return {"event": "order_completed", "properties": properties}


def send(analytics, events, **parameters) -> httpx.Response:
    return analytics.post(IMPORT, params={**PARAMETERS, **parameters}, json=events)


def test_a_batch_is_taken_as_the_vendor_specifies_it(analytics, stand, conforms):
    answer = send(analytics, [event("i-1"), event("i-2", total=12.5)])
    assert answer.json() == {"code": 200, "num_records_imported": 2, "status": "OK"}
    assert stand.store.count("mixpanel", "events") == 2
    conforms("mixpanel.ingestion.yaml", answer)


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (event(time="now"), "properties.time"),
        (event(time=1_262_304_000), "properties.time"),
        (event(distinct_id="null"), "properties.distinct_id"),
        (event(insert_id="x" * 37), "properties.$insert_id"),
        (event(insert_id=""), "properties.$insert_id"),
        ({"event": "", "properties": {}}, "event"),
        ({"event": "x", "properties": {}, "more": 1}, "event"),
        ("text", "event"),
    ],
)
def test_a_bad_event_is_named_and_the_others_are_taken(analytics, stand, bad, field):
    answer = send(analytics, [event("i-1"), bad, event("i-3")])
    assert answer.status_code == 400
    assert answer.json()["num_records_imported"] == 2
    failed = answer.json()["failed_records"]
    assert [(one["index"], one["field"]) for one in failed] == [(1, field)]
    assert stand.store.count("mixpanel", "events") == 2


def test_an_event_that_comes_twice_is_one_event(analytics, stand):
    for _ in range(2):
        assert send(analytics, [event("i-1")]).status_code == 200
    assert stand.store.count("mixpanel", "events") == 1
    counts = analytics.get("/_control/counts").json()["mixpanel"]
    assert (counts["writes"], counts["distinct_keys"], counts["duplicates"]) == (
        2,
        1,
        1,
    )


def test_gzip_and_lines_are_read(analytics):
    lines = "\n".join(json.dumps(event(f"i-{number}")) for number in range(3))
    answer = analytics.post(
        IMPORT,
        params=PARAMETERS,
        content=gzip.compress(lines.encode()),
        headers={"content-encoding": "gzip", "content-type": "application/x-ndjson"},
    )
    assert answer.json()["num_records_imported"] == 3


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b"null", gzip.compress(b"[1]")[:-4]],
    ids=["half", "none", "null", "half of gzip"],
)
def test_an_unreadable_batch_is_refused(analytics, content):
    zipped = {"content-encoding": "gzip"} if content[:1] == b"\x1f" else {}
    answer = analytics.post(IMPORT, params=PARAMETERS, content=content, headers=zipped)
    assert answer.status_code == 400


def test_more_than_2000_events_are_refused(analytics):
    events = [event(f"i-{number}") for number in range(2001)]
    assert send(analytics, events).status_code == 400


def test_a_stranger_and_another_project_are_refused(analytics, client):
    assert send(analytics, [event()], project_id="2").status_code == 401
    client.auth = ("demo-account", "wrong")
    assert send(client, [event()]).status_code == 401

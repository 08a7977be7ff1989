import time

import httpx
import pytest

EVENTS = "/meta/v26.0/1234567890/events"
USERS = "/meta/v26.0/23840000000000001/users"
HASH = "a" * 64


@pytest.fixture
def meta(client, known) -> httpx.Client:
    client.headers["Authorization"] = f"Bearer {known['META_ACCESS_TOKEN']}"
    return client


def event(event_id: str = "e1", **fields) -> dict:
    usual = {
        "event_name": "Purchase",
        "event_id": event_id,
        "event_time": int(time.time()),
        "action_source": "website",
        "user_data": {"em": HASH},
        "custom_data": {"order_id": f"o-{event_id}", "value": 5},
    }
    return usual | fields


def send(meta, *events, path=EVENTS):
    return meta.post(path, json={"data": list(events)})


def test_an_event_that_comes_twice_is_one_event(meta, stand):
    assert send(meta, event()).json()["events_received"] == 1
    send(meta, event(), event("e2"))
    assert stand.store.count("meta", "events") == 2
    counts = meta.get("/_control/counts").json()["meta"]
    assert (counts["distinct_keys"], counts["duplicates"]) == (2, 1)
    assert meta.get("/_control/orders").json()["meta"] == ["o-e1", "o-e2"]


@pytest.mark.parametrize(
    "bad",
    [
        event(event_name=""),
        event(event_time=int(time.time()) - 8 * 86_400),
        event(event_time=int(time.time()) + 3600),
        event(event_time="now"),
        event(user_data={}),
        event(user_data={"em": "ada@example.com"}),
        event(action_source=""),
        event(custom_data={"value": "5"}),
        "text",
    ],
)
def test_one_bad_event_keeps_the_whole_batch_out(meta, stand, bad):
    answer = send(meta, event(), bad)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)
    assert stand.store.count("meta", "events") == 0


def test_strangers_and_other_datasets_are_refused(meta):
    assert (
        send(meta, event(), path="/meta/v26.0/5/events").json()["error"]["code"] == 803
    )
    meta.headers["Authorization"] = "Bearer wrong"
    assert send(meta, event()).json()["error"]["code"] == 190
    assert send(meta, *[event()] * 1001).status_code == 400


@pytest.mark.parametrize(("is_final", "status"), [(True, 400), (False, 500)])
def test_a_record_can_be_refused_for_a_while(meta, stand, is_final, status):
    fault = {"tool": "meta", "kind": "reject_records", "one_in": 1}
    meta.post("/_control/faults", json={**fault, "is_final": is_final})
    assert send(meta, event()).status_code == status
    assert send(meta, event()).status_code == 200


def test_an_audience_counts_the_rows_that_are_not_hashed(meta, stand):
    payload = {"schema": ["EMAIL"], "data": [[HASH], ["ada@example.com"], [""]]}
    answer = meta.post(USERS, json={"payload": payload}).json()
    assert (answer["num_received"], answer["num_invalid_entries"]) == (3, 2)
    gone = {"payload": {"schema": ["EMAIL"], "data": [[HASH]]}}
    meta.request("DELETE", USERS, json=gone)
    (member,) = stand.store.page("meta", "users")
    assert member.body == {"EMAIL": HASH, "member": False}

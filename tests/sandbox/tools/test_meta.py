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


INSIGHTS = "/meta/v26.0/act_880012345678/insights"
REPORT = {
    "level": "ad",
    "time_increment": "1",
    "fields": "ad_id,spend",
    "time_range": '{"since": "2026-03-01", "until": "2026-03-02"}',
}


def put_days(stand, *days: str) -> None:
    row = {"ad_id": "7", "spend": "1.50", "impressions": "9"}
    documents = [
        (f"7|{day}", {**row, "date_start": day, "date_stop": day}) for day in days
    ]
    stand.store.put_many("meta", "ad_days", documents)


def test_insights_have_the_days_and_fields_that_were_asked_for(meta, stand):
    put_days(stand, "2026-02-28", "2026-03-01", "2026-03-02", "2026-03-03")
    first = meta.get(INSIGHTS, params={**REPORT, "limit": "1"}).json()
    day = {"date_start": "2026-03-01", "date_stop": "2026-03-01"}
    assert first["data"] == [{"ad_id": "7", "spend": "1.50", **day}]
    assert "next" in first["paging"]
    after = first["paging"]["cursors"]["after"]
    second = meta.get(INSIGHTS, params={**REPORT, "limit": "1", "after": after}).json()
    assert second["data"][0]["date_start"] == "2026-03-02"
    assert "next" not in second["paging"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"level": "campaign"},
        {"fields": "ad_id,smiles"},
        {"time_range": "lately"},
        {"after": "none of ours"},
    ],
    ids=str,
)
def test_insights_that_meta_does_not_know_are_refused(meta, wrong):
    answer = meta.get(INSIGHTS, params={**REPORT, **wrong})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)


def test_insights_of_another_account_are_refused(meta):
    answer = meta.get(INSIGHTS.replace("act_88", "act_99"), params=REPORT)
    assert answer.json()["error"]["code"] == 803

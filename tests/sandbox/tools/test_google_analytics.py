import time

import pytest

COLLECT = "/google_analytics/mp/collect"
PARAMETERS = {"measurement_id": "G-DEMO", "api_secret": "demo-secret"}


def body(*events: dict, **more) -> dict:
    usual = [{"name": "purchase", "params": {"transaction_id": "o1"}}]
    return {"client_id": "c1", "events": list(events) or usual, **more}


def collect(client, content, **parameters):
    return client.post(COLLECT, params={**PARAMETERS, **parameters}, json=content)


def test_an_event_that_comes_twice_is_there_twice_and_one_order(client, stand):
    for _ in range(2):
        assert collect(client, body()).status_code == 204
    assert stand.store.count("google_analytics", "events") == 2
    counts = client.get("/_control/counts").json()["google_analytics"]
    assert (counts["writes"], counts["distinct_keys"]) == (2, 1)
    assert client.get("/_control/orders").json()["google_analytics"] == ["o1"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (body({"name": "first_open"}), "NAME_RESERVED"),
        (body({"name": "1st"}), "NAME_INVALID"),
        (body(*[{"name": "x"}] * 26), "EXCEEDED_MAX_ENTITIES"),
        (
            body({"name": "x", "params": dict.fromkeys(map(str, range(26)), 1)}),
            "EXCEEDED_MAX_ENTITIES",
        ),
        (body(timestamp_micros=1), "VALUE_OUT_OF_BOUNDS"),
        ({"events": []}, "REQUIRED"),
    ],
)
def test_what_is_wrong_is_dropped_in_silence_and_told_when_asked(
    client, stand, content, code
):
    assert collect(client, content).status_code == 204
    assert stand.store.count("google_analytics", "events") == 0
    answer = client.post("/google_analytics/debug/mp/collect", json=content).json()
    assert answer["validationMessages"][0]["validationCode"] == code


def test_a_wrong_secret_loses_events_without_a_word(client, stand):
    assert collect(client, body(), api_secret="wrong").status_code == 204
    assert stand.store.count("google_analytics", "events") == 0


def test_an_event_keeps_its_own_time(client, stand):
    now = time.time_ns() // 1000
    told = {"name": "purchase", "params": {}, "timestamp_micros": now - 5}

    collect(client, body(told, timestamp_micros=now))

    (kept,) = stand.store.page("google_analytics", "events")
    assert kept.body["timestamp_micros"] == now - 5

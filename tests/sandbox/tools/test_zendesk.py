import time

import httpx
import pytest

EXPORT = "/zendesk/api/v2/incremental/tickets/cursor.json"


@pytest.fixture
def desk(client, known) -> httpx.Client:
    client.auth = (f"{known['ZENDESK_EMAIL']}/token", known["ZENDESK_API_TOKEN"])
    return client


def ticket(number: int, minute: int | None = None) -> tuple[str, dict]:
    stamp = f"2026-01-01T00:{number if minute is None else minute:02d}:00Z"
    return str(number), {"id": number, "updated_at": stamp}


def test_an_export_ends_and_goes_on_from_its_cursor(desk, stand):
    stand.store.put_many("zendesk", "tickets", [ticket(number) for number in range(5)])
    stand.traffic.largest_page = 2
    answer = desk.get(EXPORT, params={"start_time": 0}).json()
    found = [one["id"] for one in answer["tickets"]]
    while not answer["end_of_stream"]:
        answer = desk.get(answer["after_url"]).json()
        found += [one["id"] for one in answer["tickets"]]
    assert found == [0, 1, 2, 3, 4]
    stand.store.put_many("zendesk", "tickets", [ticket(1, minute=59)])
    answer = desk.get(EXPORT, params={"cursor": answer["after_cursor"]}).json()
    assert [one["id"] for one in answer["tickets"]] == [1]


@pytest.mark.parametrize(
    "parameters",
    [dict, lambda: {"start_time": int(time.time())}, lambda: {"cursor": "no"}],
    ids=["nothing", "too recent", "no cursor of ours"],
)
def test_a_start_that_the_vendor_does_not_take_is_refused(desk, parameters):
    parameters = parameters()  # now, not when the test was collected
    assert desk.get(EXPORT, params=parameters).status_code == 400


def test_a_password_instead_of_a_token_is_refused(client, known):
    client.auth = (known["ZENDESK_EMAIL"], known["ZENDESK_API_TOKEN"])
    answer = client.get(EXPORT, params={"start_time": 0})
    assert (answer.status_code, answer.json()) == (
        401,
        {"error": "Couldn't authenticate you"},
    )


def test_ticket_events_end_and_show_comments_where_asked_for(desk, stand):
    path = "/zendesk/api/v2/incremental/ticket_events.json"
    events = [
        (
            str(number),
            {
                "id": number,
                "created_at": f"2026-01-01T00:00:0{number // 2}Z",
                "child_events": [{"event_type": "Comment"}],
            },
        )
        for number in range(6)
    ]
    stand.store.put_many("zendesk", "ticket_events", events)
    stand.traffic.largest_page = 2
    answer = desk.get(path, params={"start_time": 0, "include": "comment_events"})
    found = {}
    for _ in range(10):
        page = answer.json()
        found |= {one["id"]: one for one in page["ticket_events"]}
        if page["end_of_stream"]:
            break
        answer = desk.get(page["next_page"])
    assert sorted(found) == list(range(6))
    assert found[0]["child_events"] == [{"event_type": "Comment"}]
    plain = desk.get(path, params={"start_time": 0}).json()["ticket_events"]
    assert plain[0]["child_events"] == [{"event_type": "Create"}]

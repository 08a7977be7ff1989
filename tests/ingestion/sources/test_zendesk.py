from datetime import UTC, datetime, timedelta

import pytest

from ingestion.reconciliation.checks import reconcile


def ticket(number: int, minute: int, **fields) -> dict:
    stamp = f"2026-03-01T{minute // 60:02d}:{minute % 60:02d}:00Z"
    body = {"id": number, "requester_id": 1, "created_at": stamp, "updated_at": stamp}
    return {**body, "status": "open", "via": {"channel": "chat"}, **fields}


def test_the_next_load_asks_once_from_a_while_before_the_newest(workspace):
    tickets = [ticket(number, number) for number in range(350)]
    workspace.put("zendesk", "tickets", *tickets)
    workspace.load("zendesk")
    before = workspace.requests("zendesk")
    assert workspace.load("zendesk") == {}
    assert workspace.requests("zendesk") - before == 3  # one for each table
    asked = {one.path: one.query for one in workspace.stand.traffic.seen["zendesk"]}
    since = datetime(2026, 3, 1, 5, 39, tzinfo=UTC)  # ten minutes before 05:49
    assert asked["/api/v2/incremental/tickets/cursor.json"] == (
        f"start_time={since.timestamp():.0f}"
    )


def test_a_ticket_that_changes_twice_is_one_row_in_its_newest_state(workspace):
    workspace.put("zendesk", "tickets", ticket(1, 0))
    workspace.load("zendesk")
    for minute, status in ((10, "pending"), (20, "solved")):
        workspace.put("zendesk", "tickets", ticket(1, minute, status=status))
    assert workspace.load("zendesk") == {"tickets": 1}
    rows = workspace.query("select id, status from raw_zendesk.tickets")
    assert rows == [(1, "solved")]


def test_nested_values_stay_json(workspace):
    rated = ticket(1, 0, satisfaction_rating={"score": "good"}, tags=["a", "b"])
    workspace.put("zendesk", "tickets", rated)
    workspace.load("zendesk")
    nested = "via ->> 'channel', satisfaction_rating ->> 'score', tags ->> 1"
    rows = workspace.query(f"select {nested} from raw_zendesk.tickets")  # noqa: S608
    assert rows == [("chat", "good", "b")]
    tables = workspace.query(
        "select count(*) from information_schema.tables"
        " where table_schema = 'raw_zendesk' and table_name like 'tickets\\_\\_%'"
        " escape '\\'"
    )
    assert tables == [(0,)]


def test_a_field_that_is_new_becomes_a_column(workspace):
    workspace.put("zendesk", "tickets", ticket(1, 0))
    workspace.load("zendesk")
    workspace.put("zendesk", "tickets", ticket(2, 5, brand_id=77))
    workspace.load("zendesk")
    rows = workspace.query("select id, brand_id from raw_zendesk.tickets order by id")
    assert rows == [(1, None), (2, 77)]


def test_a_value_of_another_type_is_kept_apart_with_its_reason(workspace):
    workspace.put("zendesk", "tickets", ticket(1, 0, requester_id="unknown"))
    workspace.load("zendesk")
    kept = "select record_key, reason from raw_zendesk.tickets__refused"
    [(key, reason)] = workspace.query(kept)
    assert key == "1"
    assert reason.startswith("requester_id: ")
    assert workspace.ids("raw_zendesk.tickets") == []


def ticket_event(number: int, second: int, kind: str = "Comment", **fields) -> dict:
    moment = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=second)
    stamp = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    child = {"id": number * 10, "event_type": kind, "author_id": 5, "public": True}
    child |= {"body": f"text {number}", "created_at": stamp, **fields}
    event = {"id": number, "ticket_id": 7, "created_at": stamp, "updater_id": 5}
    return {**event, "child_events": [child, {"id": 1, "event_type": "Change"}]}


def comments(workspace) -> list[int]:
    found = workspace.query("select id from raw_zendesk.comments order by id")
    return [row[0] for row in found]


def test_comments_come_without_a_request_for_each_ticket(workspace):
    events = [ticket_event(number, number // 3) for number in range(350)]
    workspace.put("zendesk", "ticket_events", *events)
    assert workspace.load("zendesk") == {"comments": 350}
    assert comments(workspace) == [number * 10 for number in range(350)]
    assert workspace.requests("zendesk") < 10
    assert workspace.load("zendesk") == {}
    rows = workspace.query(
        "select ticket_id, author_id, body, public from raw_zendesk.comments"
        " where id = 30"
    )
    assert rows == [(7, 5, "text 3", True)]


def test_a_comment_that_becomes_visible_late_is_found(workspace):
    workspace.put("zendesk", "ticket_events", ticket_event(1, 0), ticket_event(2, 900))
    workspace.load("zendesk")
    workspace.put("zendesk", "ticket_events", ticket_event(3, 700))
    workspace.put("zendesk", "ticket_events", ticket_event(4, 901, public=False))
    assert workspace.load("zendesk") == {"comments": 2}
    assert comments(workspace) == [10, 20, 30, 40]


def test_other_events_of_a_ticket_are_no_comments(workspace):
    workspace.put("zendesk", "ticket_events", ticket_event(1, 0, kind="Change"))
    assert workspace.load("zendesk") == {}
    assert comments(workspace) == []


@pytest.mark.parametrize("kind", ["half_page", "status"])
def test_a_fault_between_pages_of_comments_loses_none(workspace, kind):
    events = [ticket_event(number, number * 400) for number in range(350)]
    workspace.put("zendesk", "ticket_events", *events)
    workspace.fail("zendesk", kind, after=1, path_contains="ticket_events")
    workspace.load("zendesk")
    assert len(comments(workspace)) == 350


def test_a_user_who_was_deleted_is_counted_on_neither_side(workspace):
    stamp = "2026-03-01T00:00:00Z"
    users = [
        {"id": number, "role": "end-user", "active": number > 2, "updated_at": stamp}
        for number in range(6)
    ]
    workspace.put("zendesk", "users", *users)
    workspace.load("zendesk")
    checks = reconcile(workspace.settings, ["zendesk"])
    [counted] = [check for check in checks if check.figure.table == "users"]
    assert (counted.verdict, counted.in_warehouse) == ("equal", 3)


def test_the_newest_tickets_comments_are_counted_on_both_sides(workspace):
    tickets = [ticket(number, number) for number in range(1, 260)]
    tickets[256]["status"] = "deleted"
    workspace.put("zendesk", "tickets", *tickets)
    events = [ticket_event(number, number // 3) for number in range(350)]
    for event in events:
        event["ticket_id"] = event["id"] % 259 + 1
    workspace.put("zendesk", "ticket_events", *events[:340])
    workspace.load("zendesk")
    found = {
        one.figure.table: one for one in reconcile(workspace.settings, ["zendesk"])
    }
    # a deleted ticket is not listed, and its comment is in neither count
    said = found["comments"]
    assert (said.verdict, said.figure.in_source) == ("equal", 339)
    assert said.figure.asked == "the newest 258 tickets"

    workspace.put("zendesk", "ticket_events", *events)
    found = {
        one.figure.table: one for one in reconcile(workspace.settings, ["zendesk"])
    }
    assert (found["comments"].verdict, found["comments"].difference) == (
        "different",
        -10,
    )

def ticket(number: int, minute: int, **fields) -> dict:
    stamp = f"2026-03-01T{minute // 60:02d}:{minute % 60:02d}:00Z"
    body = {"id": number, "requester_id": 1, "created_at": stamp, "updated_at": stamp}
    return {**body, "status": "open", "via": {"channel": "chat"}, **fields}


def test_the_next_load_asks_once_from_the_cursor(workspace):
    tickets = [ticket(number, number) for number in range(350)]
    workspace.put("zendesk", "tickets", *tickets)
    workspace.load("zendesk")
    before = workspace.requests("zendesk")
    assert workspace.load("zendesk") == {}
    assert workspace.requests("zendesk") - before == 2  # one for each table
    newest = workspace.stand.traffic.seen["zendesk"][-1]
    assert "start_time" not in newest.query or "users" in newest.path


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


def test_a_value_of_another_type_is_kept_beside_its_column(workspace):
    workspace.put("zendesk", "tickets", ticket(1, 0, requester_id="unknown"))
    workspace.load("zendesk")
    kept = "select requester_id, requester_id__v_text from raw_zendesk.tickets"
    assert workspace.query(kept) == [(None, "unknown")]

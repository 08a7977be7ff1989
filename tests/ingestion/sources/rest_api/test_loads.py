"""What arrives of a declared list: new, changed, late, odd and deleted records."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from ingestion.load import load_source
from ingestion.reconciliation.checks import reconcile
from ingestion.sources import rest_api, tables
from orchestration.freshness import describe_sources
from tests.ingestion.sources.rest_api.helpdesk import (
    Asked,
    Fault,
    Helpdesk,
    stamp,
    ticket,
)

LATER = stamp(500)


def test_changed_new_and_late_records_arrive(helpdesk: Helpdesk) -> None:
    assert helpdesk.load() == {"tickets": 350}
    assert helpdesk.load() == {}, "what was seen within the lag adds nothing"
    helpdesk.tool.put(
        ticket(7, subject="Refund", updated_at=LATER),
        ticket(900, updated_at=LATER),
        # visible late: its time lies five minutes behind the newest one known
        ticket(901, updated_at=stamp(344)),
    )
    assert helpdesk.load() == {"tickets": 3}
    assert helpdesk.ids(condition="subject = 'Refund'") == [7]
    assert helpdesk.ids() == [*range(350), 900, 901]
    loads = "select count(*) from raw_helpdesk._dlt_loads where status = 0"
    helpdesk.load()
    assert helpdesk.query(loads) == [(4,)], "a load of nothing new is complete"


def test_a_change_behind_the_page_that_is_read_arrives_with_the_next_load(
    helpdesk: Helpdesk,
) -> None:
    """The list is in no order of changes: another record is changed after this one."""
    cursor = {"field": "updated_at", "param": "updated_since", "lag": "0s"}
    helpdesk.declare(cursor=cursor)
    later: list[datetime] = []

    def change(asked: Asked) -> None:
        if asked.query.get("after") == "200":
            now = datetime.now(UTC)
            later.append(now + timedelta(seconds=1))
            first, second = (f"{one:%Y-%m-%dT%H:%M:%SZ}" for one in (now, later[0]))
            helpdesk.tool.put(ticket(3, subject="Refund", updated_at=first))
            helpdesk.tool.put(ticket(340, updated_at=second))

    helpdesk.tool.before_answer = change
    helpdesk.load()
    assert helpdesk.ids(condition="subject = 'Refund'") == []
    while datetime.now(UTC) < later[0]:
        time.sleep(0.01)
    helpdesk.load()
    assert helpdesk.ids(condition="subject = 'Refund'") == [3]


def test_a_first_load_is_cut_into_parts_that_are_kept(helpdesk: Helpdesk) -> None:
    parts = []
    while found := helpdesk.load(rows_per_load=160):
        parts.append(found["tickets"])
        helpdesk.tool.fail(Fault(status=403))
        with pytest.raises(PipelineStepFailed):
            helpdesk.load(rows_per_load=160)
    assert parts == [200, 150]
    assert helpdesk.ids() == list(range(350))


def test_a_record_that_is_kept_apart_does_not_end_a_large_load(
    helpdesk: Helpdesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rest_api.source.__kwdefaults__ is not None
    monkeypatch.setitem(rest_api.source.__kwdefaults__, "rows_per_load", 100)
    monkeypatch.setattr(tables, "ROWS_PER_LOAD", 100)
    helpdesk.tool.put(ticket(5, subject={"odd": True}))
    helpdesk.load_all().raise_if_failed()
    assert len(helpdesk.ids()) == 349


def test_a_list_that_is_read_whole_is_read_once_by_a_command(
    helpdesk: Helpdesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rest_api.source.__kwdefaults__ is not None
    monkeypatch.setitem(rest_api.source.__kwdefaults__, "rows_per_load", 350)
    monkeypatch.setattr(tables, "ROWS_PER_LOAD", 350)
    helpdesk.declare(cursor=None, compare="never")
    assert helpdesk.load_all().rows == 350
    helpdesk.tool.put(ticket(3, subject="Refund"))
    assert helpdesk.load() == {"tickets": 350}
    assert helpdesk.ids(condition="subject = 'Refund'") == [3]


@pytest.mark.parametrize(
    ("form", "sent"),
    [
        ("iso", "2026-03-01T05:39:00Z"),
        ("date", "2026-03-01"),
        ("unix", "1772343540"),
        ("unix_ms", "1772343540000"),
    ],
)
def test_the_time_to_read_from_is_sent_as_the_tool_writes_it(
    helpdesk: Helpdesk, form: str, sent: str
) -> None:
    helpdesk.declare(cursor={"field": "updated_at", "param": "since", "format": form})
    helpdesk.load()
    helpdesk.load()
    asked = [one.query["since"] for one in helpdesk.tool.asked if "since" in one.query]
    assert set(asked) == {sent}


def test_times_in_milliseconds_are_times(helpdesk: Helpdesk) -> None:
    cursor = {"field": "changed", "param": "since", "format": "unix_ms"}
    helpdesk.declare(cursor=cursor)
    helpdesk.tool.lists["tickets"] = [ticket(1, changed=1_772_343_540_500)]
    helpdesk.load()
    found = "select changed::varchar from raw_helpdesk.tickets"
    assert helpdesk.query(found) == [("2026-03-01 05:39:00.5+00",)]


def test_the_time_to_read_from_may_stand_anywhere(helpdesk: Helpdesk) -> None:
    helpdesk.declare(
        cursor={"field": "updated_at", "initial_value": stamp(340), "lag": "1m"},
        params={"updated_since": "{incremental.start_value}", "active": True},
    )
    assert helpdesk.load() == {"tickets": 10}
    assert helpdesk.load() == {}
    asked = [one.query["updated_since"] for one in helpdesk.tool.asked]
    assert asked == [stamp(340), stamp(348)]
    assert helpdesk.tool.asked[0].query["active"] == "true"


def test_a_changed_type_keeps_its_records_apart_until_it_is_back(
    helpdesk: Helpdesk,
) -> None:
    helpdesk.load()
    helpdesk.tool.put(
        ticket(1, subject={"odd": True}, updated_at=LATER),
        ticket(2, via="letter", stars=5, updated_at=LATER),
    )
    assert helpdesk.load() == {"tickets": 1, "tickets__refused": 2}
    kept = "select record_key, reason from raw_helpdesk.tickets__refused order by 1"
    assert helpdesk.query(kept) == [
        ("1", "subject: text expected, an object came"),
        ("2", "via: json expected, a text came"),
    ]
    assert helpdesk.ids(condition="stars = 5") == [2], "a new field is welcome"
    helpdesk.tool.put(
        ticket(1, updated_at=stamp(510)), ticket(2, updated_at=stamp(510))
    )
    helpdesk.load()
    assert helpdesk.query(kept) == []


def test_records_without_a_key_or_a_time_hold_up_nothing(helpdesk: Helpdesk) -> None:
    odd: list[dict[str, Any]] = [
        {**ticket(800, updated_at=LATER), "id": None},
        ticket(801, updated_at="soon"),
        ticket(802, updated_at=None),
    ]
    helpdesk.tool.lists["tickets"] += odd[:2]
    del odd[2]["updated_at"]
    helpdesk.tool.lists["tickets"].append(odd[2])
    assert helpdesk.load() == {"tickets": 351, "tickets__refused": 2}
    assert 802 in helpdesk.ids()
    reasons = "select reason from raw_helpdesk.tickets__refused order by 1"
    assert helpdesk.query(reasons) == [
        ("id: the key is missing",),
        ("updated_at: timestamp expected, a text came",),
    ]


def test_fields_inside_another_become_those_of_the_record(helpdesk: Helpdesk) -> None:
    helpdesk.declare(flatten="attributes")
    inner = {"id": "inner", "subject": "Delivery", "updated_at": stamp(1)}
    helpdesk.tool.lists["tickets"] = [{"id": 1, "type": "x", "attributes": inner}]
    assert helpdesk.load() == {"tickets": 1}
    found = "select id, type, subject, updated_at::varchar from raw_helpdesk.tickets"
    assert helpdesk.query(found) == [("1", "x", "Delivery", "2026-03-01 00:01:00+00")]
    assert helpdesk.load() == {}


def test_several_fields_may_be_the_key(helpdesk: Helpdesk) -> None:
    helpdesk.declare(key=["id", "subject"])
    helpdesk.tool.lists["tickets"] = [ticket(1), ticket(1, subject="Refund"), ticket(2)]
    assert helpdesk.load_all().rows == 3
    assert helpdesk.ids() == [1, 1, 2]


@pytest.mark.parametrize(
    ("declared", "fields", "since"),
    [
        ("deleted_at", {"deleted_at": "2026-05-01T00:00:00Z"}, "2026-05-01"),
        ("is_gone", {"is_gone": True}, LATER[:10]),
        ({"field": "status", "value": "archived"}, {"status": "archived"}, LATER[:10]),
    ],
)
def test_a_field_that_marks_deletes_is_believed(
    helpdesk: Helpdesk, declared: Any, fields: dict[str, Any], since: str
) -> None:
    helpdesk.declare(deleted=declared)
    helpdesk.load()
    helpdesk.tool.put(ticket(5, updated_at=LATER, **fields))
    assert helpdesk.load_all().rows == 1
    deleted = "select id, _deleted_at::date::varchar from raw_helpdesk.tickets"
    found = helpdesk.query(f"{deleted} where _deleted_at is not null")
    assert found == [("5", since)]
    helpdesk.tool.put(ticket(5, updated_at=stamp(510)))
    helpdesk.load()
    assert helpdesk.ids(condition="_deleted_at is not null") == []


def test_a_record_that_is_gone_is_marked_and_one_that_comes_back_is_not(
    helpdesk: Helpdesk,
) -> None:
    helpdesk.load_all().raise_if_failed()
    gone = [one for one in helpdesk.tool.lists["tickets"] if one["id"] in {3, 200}]
    for one in gone:
        helpdesk.tool.lists["tickets"].remove(one)
    assert helpdesk.load_all().rows == 0, "compared once a day"
    helpdesk.declare(compare="0s")
    assert helpdesk.load_all().rows == 2
    assert helpdesk.ids(condition="_deleted_at is not null") == [3, 200]
    helpdesk.tool.put(gone[0])
    assert helpdesk.load_all().rows == 0
    assert helpdesk.ids(condition="_deleted_at is not null") == [200]


def test_a_list_that_collapses_marks_nothing_until_it_is_accepted(
    helpdesk: Helpdesk,
) -> None:
    helpdesk.declare(compare="0s")
    helpdesk.load_all().raise_if_failed()
    del helpdesk.tool.lists["tickets"][50:]
    error = helpdesk.load_all().error or ""
    assert "350 rows are known, the source has 50: a fall of 86%" in error
    assert helpdesk.ids(condition="_deleted_at is not null") == []
    helpdesk.section["largest_fall"] = 0.9
    assert (helpdesk.load_all().error, helpdesk.load_all().rows) == (None, 0)
    del helpdesk.tool.lists["tickets"][5:]
    assert helpdesk.load_all(accept_collapse=True).rows == 45


@pytest.mark.parametrize(
    ("declared", "asked", "count"),
    [
        ({}, "those changed since 2026-02-28 05:49", 350),
        ({"cursor": None}, "all rows", 350),
        (
            {"count": {"path": "tickets/count", "selector": "count.value"}},
            "all that",
            350,
        ),
        ({"deleted": "gone"}, "those changed since", 349),
    ],
)
def test_the_tool_and_the_warehouse_say_the_same(
    helpdesk: Helpdesk, declared: dict[str, Any], asked: str, count: int
) -> None:
    helpdesk.declare(**declared)
    if "deleted" in declared:
        helpdesk.tool.put(ticket(9, gone=True))
    helpdesk.load()
    [check] = reconcile(helpdesk.settings, ["helpdesk"])
    assert (check.verdict, check.in_warehouse) == ("equal", count)
    assert check.figure.asked.startswith(asked)
    helpdesk.tool.put(ticket(600), ticket(601))
    [check] = reconcile(helpdesk.settings, ["helpdesk"])
    assert (check.verdict, check.difference) == ("different", -2)


def test_a_count_that_is_none_says_where_it_is_declared(helpdesk: Helpdesk) -> None:
    helpdesk.declare(count={"selector": "meta"})
    said = (
        r"sources\.helpdesk\.tables\.tickets\.count: what the answer has at meta is no"
    )
    with pytest.raises(Exception, match=said):
        reconcile(helpdesk.settings, ["helpdesk"])


def test_two_tools_land_apart(helpdesk: Helpdesk) -> None:
    sources = helpdesk.settings.document["sources"]
    sources["other_desk"] = {**helpdesk.section}
    helpdesk.load()
    assert load_source(helpdesk.settings, "other_desk").rows == 350
    found = "select count(*) from raw_other_desk.tickets"
    assert helpdesk.query(found) == [(350,)]
    with duckdb.connect(str(helpdesk.settings.warehouse_path)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        said = describe_sources(helpdesk.settings, connection, datetime.now(UTC))
    assert [one.split()[0] for one in said if one.endswith("fresh")] == [
        *("helpdesk", "other_desk")
    ]

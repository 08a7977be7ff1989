"""A list below another: its records come with each record above."""

from __future__ import annotations

from typing import Any

import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from ingestion.reconciliation.checks import reconcile
from tests.ingestion.sources.rest_api.helpdesk import (
    CURSOR,
    Fault,
    Helpdesk,
    stamp,
    ticket,
)

LATER = stamp(500)


def comment(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": number, "body": "Thank you", **fields}


@pytest.fixture
def desk(helpdesk: Helpdesk) -> Helpdesk:
    """Five tickets; number n has n comments, three on a page."""
    tool = helpdesk.tool
    tool.page_rows = 3
    tool.lists["tickets"] = [ticket(number) for number in range(5)]
    for number in range(5):
        found = [comment(10 * number + one) for one in range(number)]
        tool.lists[f"tickets/{number}/comments"] = found
    helpdesk.declare(
        "comments",
        path="tickets/{resources.tickets.id}/comments",
        data_selector="data",
        paginator=CURSOR,
        include_from_parent=["id"],
    )
    return helpdesk


ALL = sorted(10 * number + one for number in range(5) for one in range(number))


def test_they_come_once_and_know_the_record_above(desk: Helpdesk) -> None:
    assert desk.load() == {"tickets": 5, "comments": 10}
    found = desk.query("select id, _tickets_id from raw_helpdesk.comments order by 1")
    assert ("31", 3) in found
    assert desk.ids("comments") == ALL
    assert desk.load() == {}


def test_they_come_again_with_a_record_above_that_has_changed(desk: Helpdesk) -> None:
    desk.load()
    desk.tool.put(comment(35), path="tickets/3/comments")
    assert desk.load() == {}, "the ticket does not say that it has changed"
    desk.tool.put(ticket(3, updated_at=LATER))
    assert desk.load() == {"tickets": 1, "comments": 4}
    desk.tool.put(comment(45), path="tickets/4/comments")
    desk.declare("comments", parents="all")
    assert desk.load()["comments"] == 12
    assert desk.ids("comments") == sorted([*ALL, 35, 45])


@pytest.mark.parametrize(
    ("parents", "pages"),
    [*(("changed", pages) for pages in (1, 2, 4, 6, 8)), ("all", 3), ("all", 7)],
)
def test_a_load_that_breaks_off_at_any_page_loses_none(
    desk: Helpdesk, parents: str, pages: int
) -> None:
    desk.declare("comments", parents=parents)
    desk.tool.fail(Fault(status=400), after=pages)
    with pytest.raises(PipelineStepFailed):
        desk.load()
    desk.load()
    assert desk.ids("comments") == ALL
    assert desk.ids() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("parents", ["changed", "all"])
def test_a_first_load_is_cut_into_parts(desk: Helpdesk, parents: str) -> None:
    desk.declare("comments", parents=parents)
    parts = [desk.load(rows_per_load=3).get("comments", 0) for _ in range(4)]
    assert parts == [3, 3, 3, 1], "a part ends with a page"
    assert desk.ids("comments") == ALL


def test_a_record_above_that_has_gone_meanwhile_has_none_below(desk: Helpdesk) -> None:
    del desk.tool.lists["tickets/3/comments"]
    assert desk.load() == {"tickets": 5, "comments": 7}
    assert desk.load() == {}


def test_an_address_at_which_nothing_ever_was_is_said(desk: Helpdesk) -> None:
    desk.declare("comments", path="ticket/{resources.tickets.id}/comments")
    assert "there is nothing at this address (404" in (desk.load_all().error or "")


def test_an_id_cannot_lead_to_another_address(desk: Helpdesk) -> None:
    desk.tool.lists = {"tickets": [ticket(1, id="../../admin?x=1")]}
    desk.load_all()
    assert desk.tool.paths()[-1] == "tickets/..%2F..%2Fadmin%3Fx%3D1/comments"


def test_their_keys_are_compared_where_it_is_declared(desk: Helpdesk) -> None:
    desk.load_all().raise_if_failed()
    desk.tool.lists["tickets/4/comments"].pop()
    assert desk.load_all().rows == 0, "listing them asks for every ticket"
    desk.declare("comments", compare="0s")
    assert desk.load_all().rows == 1
    assert desk.ids("comments", "_deleted_at is not null") == [43]


def test_lists_may_be_below_each_other(desk: Helpdesk) -> None:
    for number in ALL:
        desk.tool.lists[f"comments/{number}/files"] = [{"id": 1000 + number}]
    desk.declare(
        "files",
        path="comments/{resources.comments.id}/files",
        data_selector="data",
        paginator=CURSOR,
    )
    assert desk.load()["files"] == 10
    assert desk.ids("files") == [1000 + number for number in ALL]


def test_they_are_counted_where_the_tool_does(desk: Helpdesk) -> None:
    desk.load()
    assert [one.figure.table for one in reconcile(desk.settings, ["helpdesk"])] == [
        "tickets"
    ]
    desk.tool.lists["comments"] = [comment(number) for number in ALL]
    counted = {"path": "comments/count", "selector": "count.value"}
    desk.declare("comments", count=counted)
    found = {one.figure.table: one for one in reconcile(desk.settings, ["helpdesk"])}
    assert (found["comments"].verdict, found["comments"].in_warehouse) == ("equal", 10)

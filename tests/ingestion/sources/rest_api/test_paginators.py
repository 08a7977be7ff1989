"""Each way in which a list goes on: read to its end, broken off, and gone on with."""

from __future__ import annotations

from typing import Any

import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from tests.ingestion.sources.rest_api.helpdesk import CURSOR, Fault, Helpdesk, ticket

LINK = {"type": "json_link", "next_url_path": "links.next"}
BODY = {"type": "cursor", "cursor_path": "meta.next", "cursor_body_path": "after"}
HEADER = {"type": "header_cursor", "cursor_key": "X-Next", "cursor_param": "after"}
OFFSET = {"type": "offset", "limit": 100}
PAGES = {"type": "page_number", "base_page": 1}
# how the tool pages, what is declared, requests for its 350 records
CASES: list[tuple[str, dict[str, Any], int]] = [
    ("cursor", {"paginator": CURSOR}, 4),
    ("json_link", {"paginator": LINK}, 4),
    ("json_link", {"paginator": None}, 4),
    ("json_link", {"paginator": None, "data_selector": None}, 4),
    ("header_link", {"paginator": "header_link", "data_selector": "$"}, 4),
    ("header_link", {"paginator": None, "data_selector": None}, 4),
    ("header_cursor", {"paginator": HEADER, "data_selector": "$"}, 4),
    ("offset", {"paginator": {**OFFSET, "total_path": "total"}}, 4),
    ("offset", {"paginator": OFFSET}, 5),
    ("page_number", {"paginator": PAGES}, 5),
    ("page_number", {"paginator": PAGES, "data_selector": "data[*]"}, 5),
    ("page_number_more", {"paginator": {**PAGES, "has_more_path": "more"}}, 4),
    ("body", {"paginator": BODY, "method": "POST", "json": {"status": "open"}}, 4),
]


@pytest.mark.parametrize(
    ("style", "declared", "requests"), CASES, ids=[f"{s} {d}" for s, d, _ in CASES]
)
def test_a_list_is_read_to_its_end_also_in_two_parts(
    helpdesk: Helpdesk, style: str, declared: dict[str, Any], requests: int
) -> None:
    helpdesk.tool.style = style
    helpdesk.declare(**declared)
    helpdesk.tool.fail(Fault(status=400), after=2)
    with pytest.raises(PipelineStepFailed):
        helpdesk.load()
    assert helpdesk.load() == {"tickets": 350}
    assert helpdesk.ids() == list(range(350))
    assert len(helpdesk.tool.asked) == requests + 1, "no page was asked for twice"
    helpdesk.tool.put(ticket(400))
    assert helpdesk.load() == {"tickets": 1}
    if "json" in declared:
        assert {one.body["status"] for one in helpdesk.tool.asked} == {"open"}


def test_a_list_without_pages_is_one(helpdesk: Helpdesk) -> None:
    helpdesk.tool.page_rows = 1000
    helpdesk.declare(paginator="single_page")
    assert helpdesk.load() == {"tickets": 350}
    assert len(helpdesk.tool.asked) == 1


# what is declared does not fit: how the tool pages, what is declared, what is said
MISFITS: list[tuple[str, dict[str, Any], str]] = [
    ("cursor", {"paginator": None}, "there may be more pages, perhaps by cursor"),
    ("page_number", {"paginator": {**PAGES, "base_page": 0}}, "two pages are the same"),
    ("page_number", {"paginator": {**PAGES, "page_param": "p"}}, "two pages are the"),
    (
        "page_number",
        {"paginator": None, "params": {"per_page": 100}},
        "as many records came as per_page asks for",
    ),
    (
        "page_number",
        {"paginator": {**PAGES, "total_path": "pages"}},
        "the answer has not what the paginator looks for",
    ),
    ("cursor", {"data_selector": "meta"}, "no record has id"),
    ("cursor", {"key": "number"}, "no record has number"),
    (
        "cursor",
        {"cursor": {"field": "updatedAt", "param": "updated_since"}},
        "no record has updatedAt",
    ),
    ("cursor", {"data_selector": "data[*].id"}, "in this place are no records"),
    ("cursor", {"data_selector": "items"}, "answered without 'items'"),
]


@pytest.mark.parametrize(("style", "declared", "says"), MISFITS, ids=str)
def test_a_list_is_not_taken_for_whole_that_may_go_on(
    helpdesk: Helpdesk, style: str, declared: dict[str, Any], says: str
) -> None:
    helpdesk.tool.style = style
    helpdesk.declare(**declared)
    error = helpdesk.load_all().error or ""
    assert says in error
    assert "check" in error.lower() or "Declare" in error
    assert "Delivery" not in error, "nothing of the answer is told"

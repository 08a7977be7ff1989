"""Deletes that a tool does not tell of: its ids are compared once a day."""

import pytest

from ingestion.load import load_source

SILENT = ["salesforce", "klaviyo", "hubspot", "shopify"]


def remove(workspace, case, *numbers: int) -> list[str]:
    """Delete records for good, as if they had never been."""
    bodies = [case.make(number) for number in numbers]
    ids = [str(body.get("Id", body.get("id"))) for body in bodies]
    with workspace.stand.store.transaction() as connection:
        connection.executemany(
            "delete from documents where tool = ? and object_name = ? and id = ?",
            [(case.kind, case.object_name, one) for one in ids],
        )
    return ids


def marked(workspace, case) -> list[str]:
    statement = f"select id from {case.table} where _deleted_at is not null"  # noqa: S608
    return sorted(str(key) for (key,) in workspace.query(statement))


@pytest.mark.parametrize("case", SILENT, indirect=True)
def test_what_is_gone_is_marked_and_loses_the_mark_when_it_is_back(filled, case):
    section = filled.settings.document["sources"][case.kind]
    load_source(filled.settings, case.kind).raise_if_failed()
    gone = remove(filled, case, 3, 200, 349)
    load_source(filled.settings, case.kind).raise_if_failed()
    assert marked(filled, case) == [], "compared once a day"
    section["compare"] = "never"
    load_source(filled.settings, case.kind).raise_if_failed()
    assert marked(filled, case) == []
    section["compare"] = "0s"
    result = load_source(filled.settings, case.kind)
    assert (result.error, result.rows) == (None, 3)
    assert marked(filled, case) == gone
    assert len(filled.ids(case.table)) == case.row_count
    filled.put(case.kind, case.object_name, case.make(200, **case.change))
    load_source(filled.settings, case.kind).raise_if_failed()
    assert marked(filled, case) == [gone[0], gone[2]]


@pytest.mark.parametrize("case", ["salesforce", "klaviyo", "hubspot"], indirect=True)
def test_a_tool_that_seems_to_have_lost_most_rows_marks_none(filled, case):
    filled.settings.document["sources"][case.kind]["compare"] = "0s"
    load_source(filled.settings, case.kind).raise_if_failed()
    remove(filled, case, *range(300))
    error = str(load_source(filled.settings, case.kind).error)
    assert "350 rows are known, the source has 50: a fall of 86%" in error
    assert marked(filled, case) == []
    load_source(filled.settings, case.kind, accept_collapse=True).raise_if_failed()
    assert len(marked(filled, case)) == 300


@pytest.mark.parametrize("case", ["klaviyo"], indirect=True)
def test_a_span_that_is_none_says_where_it_stands(workspace, case):
    workspace.load(case.kind)
    workspace.settings.document["sources"][case.kind]["compare"] = "daily"
    error = str(load_source(workspace.settings, case.kind).error)
    assert "sources.klaviyo.compare" in error


def test_an_archived_campaign_is_not_taken_for_deleted(workspace):
    def campaign(key: str, **attributes: object) -> dict:
        stamp = "2026-03-01T00:00:00+00:00"
        related = {"campaign-messages": {"data": []}}
        attributes = {"name": key, "updated_at": stamp, **attributes}
        body = {"type": "campaign", "id": key, "relationships": related}
        return {**body, "attributes": attributes}

    workspace.settings.document["sources"]["klaviyo"]["compare"] = "0s"
    workspace.put("klaviyo", "campaigns", *(campaign(one) for one in "abc"))
    load_source(workspace.settings, "klaviyo").raise_if_failed()
    workspace.put("klaviyo", "campaigns", campaign("a", archived=True))
    with workspace.stand.store.transaction() as connection:
        connection.execute("delete from documents where id = 'b'")
    load_source(workspace.settings, "klaviyo").raise_if_failed()
    found = "select id from raw_klaviyo.campaigns where _deleted_at is not null"
    assert workspace.query(found) == [("b",)]
